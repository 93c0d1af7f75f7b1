"""archdsl: a compiler for neural-network architectures written as their papers' tables."""

__version__ = "0.1.0"
