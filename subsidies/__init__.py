"""Policies and their clauses."""
