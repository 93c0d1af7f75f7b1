"""Rewrites of the IR, each one proven to keep what it says it keeps."""
