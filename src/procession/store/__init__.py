"""What is kept: one PostgreSQL database, reached through named statements and one transaction per command."""
