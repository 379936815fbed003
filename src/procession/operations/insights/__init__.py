"""What the records say about the work: diagnosis, figures for the map, what a change would save, when a case will end."""
