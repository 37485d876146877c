"""Writes of the ground floor: appointments, offices, accounts. Each locks, asks, saves, records."""
