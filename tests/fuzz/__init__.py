"""Mutated and random texts through every command: what goes wrong in a way that it must not."""
