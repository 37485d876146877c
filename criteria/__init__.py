"""Indicators, versioned criteria sets and pure assessment."""
