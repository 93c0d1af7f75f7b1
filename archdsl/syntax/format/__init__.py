"""The one printer of the language: a tree becomes text in its canonical layout."""

from archdsl.syntax.format.render import render

__all__ = ["render"]
