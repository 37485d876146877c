"""Workbooks on their way in: read, understood, rehearsed, marked, entered whole or not at all."""
