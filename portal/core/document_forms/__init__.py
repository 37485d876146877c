"""Forms of official documents: shape only."""
