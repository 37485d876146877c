"""Every write to indicators and criteria sets, split by subject."""
