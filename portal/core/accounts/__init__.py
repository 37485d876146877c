"""Accounts: signing in, passwords, second factors, locks and sessions.

allauth does the flows and axes counts the failures; the rules around them are here. None of it
gives a right: rights follow from an appointment in force (``portal.core.seats``).
"""
