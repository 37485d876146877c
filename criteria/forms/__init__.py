"""Forms of the criteria, split by subject; no rules."""
