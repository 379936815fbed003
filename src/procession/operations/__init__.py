"""What may be asked, and by whom: the one catalogue behind every door."""
