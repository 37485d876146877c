"""Pages of the towns app, split by subject."""
