"""Pages of the criteria, split by subject."""
