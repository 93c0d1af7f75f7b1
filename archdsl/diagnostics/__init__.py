"""Diagnostics as data: what is wrong, where, why, and what to write instead."""
