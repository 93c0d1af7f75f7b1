"""Planted faults: small wrong edits to our own rules, which the differential suite must catch."""
