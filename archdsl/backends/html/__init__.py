"""The interactive page: from the IR to data, and from data to one file that needs nothing else."""

from __future__ import annotations

from archdsl.backends.html.model import describe
from archdsl.backends.html.page import PageTooLarge, render_page
from archdsl.backends.html.problems import describe_problem
from archdsl.backends.html.texts import Texts

__all__ = ["PageTooLarge", "Texts", "describe", "describe_problem", "render_page"]
