"""From DOT text to a picture: finds a `dot` program and runs it within a time limit."""

from __future__ import annotations

from importlib.util import find_spec

from archdsl.backends.dot.errors import RenderError, ToolMissing
from archdsl.backends.dot.svg import clean_svg
from archdsl.backends.dot.tips import read_tips

FORMATS = ("svg", "png", "pdf")
TIMEOUT = 20
"""Seconds that a layout may take."""

DPI = 144
"""Resolution of PNG pictures."""

CONVERTER = "vl_convert"
"""The library that makes a PDF of an SVG; without it a PDF needs the system's Graphviz."""

PURE = "graphviz-pure"
PURE_FORMATS = ("svg", "png")
"""What the `dot` that pip installs can write."""


def render(dot_text: str, format: str) -> bytes:
    """The picture as SVG (UTF-8), PNG or PDF.

    Raises ToolMissing where no program on this machine writes the format, and RenderError where
    the program fails or takes longer than 20 seconds.
    """
    if format not in FORMATS:
        raise RenderError(f"no picture format {format}; there are {', '.join(FORMATS)}")
    if format == "svg":
        return _draw_svg(dot_text).encode()
    if format == "pdf" and find_spec(CONVERTER):
        from archdsl.backends.svg.convert import convert

        return convert(_draw_svg(dot_text), format)
    return _run_dot(dot_text, format)


def render_svg(dot_text: str) -> str:
    """The picture as one `<svg>` element with a title and a description, without scripts."""
    return render(dot_text, "svg").decode()


def _draw_svg(dot_text: str) -> str:
    drawn = _run_dot(dot_text, "svg").decode()
    return clean_svg(drawn, *_titles(dot_text), read_tips(dot_text))


def find_dot(format: str) -> str:
    """Path of a program that writes the format: the one that pip installed, or the system's.

    The pip-installed one comes first, because it draws the same everywhere.
    """
    import shutil
    import sys
    from pathlib import Path

    if format in PURE_FORMATS:
        beside = shutil.which(PURE, path=str(Path(sys.executable).parent))
        found = beside or shutil.which(PURE)
        if found:
            return found
    system = shutil.which("dot")
    if system:
        return system
    if format in PURE_FORMATS:
        raise ToolMissing(
            f"{format} needs a `dot` program: `pip install {PURE}`, or install Graphviz"
        )
    raise ToolMissing(
        f"{format} needs the Python package vl-convert-python (`pip install 'archdsl[pictures]'`)"
        " or Graphviz's own `dot` (`apt install graphviz`); svg and png do without"
    )


def _run_dot(dot_text: str, format: str) -> bytes:
    import subprocess
    from importlib import import_module

    program = find_dot(format)
    try:
        execute = import_module("graphviz.backend.execute")
    except ImportError:
        raise ToolMissing(
            "pictures need the Python package graphviz: pip install graphviz"
        ) from None
    command = [program, "-Kdot", f"-T{format}"]
    if format == "png":
        command.append(f"-Gdpi={DPI}")
    try:
        done = execute.run_check(
            command, input=dot_text.encode(), capture_output=True, timeout=TIMEOUT, quiet=True
        )
    except subprocess.TimeoutExpired:
        raise RenderError(
            f"the layout took longer than {TIMEOUT} seconds; a lower --detail draws less"
        ) from None
    except (OSError, subprocess.CalledProcessError, execute.ExecutableNotFound) as failure:
        raise RenderError(f"{program} failed: {_reason(failure)}") from failure
    drawn = done.stdout
    if not isinstance(drawn, bytes) or not drawn:
        raise RenderError(f"{program} drew nothing")
    return drawn


def _reason(failure: Exception) -> str:
    """The last line that the program said, or what the system said of it."""
    said = getattr(failure, "stderr", b"") or b""
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else str(failure)


def _titles(dot_text: str) -> tuple[str, str]:
    """Title and description, which stand in the first two comment lines."""
    first, second, *_ = dot_text.split("\n", 2)
    return first.removeprefix("// "), second.removeprefix("// ")
