"""A form written where a path says, for the Python interface."""

from __future__ import annotations

import os

from archdsl.deploy.errors import BrokenBundle
from archdsl.deploy.forms import SUFFIX, form_of, render
from archdsl.deploy.subject import Subject
from archdsl.writing import OutputProblem, write_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from archdsl.deploy.bundle import Bundle
    from archdsl.ir.model import Network

OWN = ("safetensors", "hub")
"""The forms that hold the spec's own network."""


def save(network: Network, path: str, form: str | None, optimize: str, **options: Any) -> None:
    """Writes a form of a network, whole or not at all; `options` are those of `Subject`.

    Raises ValueError for words that there are not, OSError where it cannot be written, and what
    `render` raises.
    """
    from archdsl.passes.run import LEVELS

    if not path:
        raise ValueError("the path is empty, and every form needs one")
    form = form_of(path) if form is None else form
    if form not in SUFFIX:
        raise ValueError(f"form is one of {', '.join(SUFFIX)}, not {form!r}")
    if optimize not in LEVELS:
        raise ValueError(f"optimize is one of {', '.join(LEVELS)}, not {optimize!r}")
    if optimize != "none" and form in OWN:
        raise ValueError(f"{form} holds the spec's own network: leave optimize out")
    end = SUFFIX[form]
    stem = path.removesuffix(end) if form != "hub" else path
    subject = Subject(network, stem=os.path.basename(stem), passes=LEVELS[optimize], **options)
    made = {place(path, stem, end, name, form): d for name, d in render(form, subject).items()}
    try:
        write_files(made, (options["weights"],) if options.get("weights") else ())
    except OutputProblem as problem:
        raise OSError(str(problem)) from None


def place(path: str, stem: str, end: str, name: str, form: str) -> str:
    """Where a file of a form goes: the form itself to the path, others beside it."""
    if form == "hub":
        return os.path.join(path, name.removeprefix(end + "/"))
    return path if name == end else stem + name


def no_text() -> Bundle:
    """The bundle of a network that was made of no text. Raises BrokenBundle."""
    raise BrokenBundle("this network was not made of a spec's text, so no text can go along")
