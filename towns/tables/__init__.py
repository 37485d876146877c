"""What lists and cards of the towns app show: rows and cells, no rules."""
