"""Weights from elsewhere: published checkpoints and those of shallower networks."""
