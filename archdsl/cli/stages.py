"""`archdsl report --stages N`: how a network is shared out over N devices."""

from __future__ import annotations

import sys
from contextlib import contextmanager

from archdsl.cli.output import say, say_json, say_line, terminal_width, uses_color, write_files
from archdsl.cli.specs import Spec, Usage
from archdsl.ir.model import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

FORMATS = ("text", "markdown", "json")


@contextmanager
def refusing() -> Iterator[None]:
    """Makes Usage of TooManyStages."""
    from archdsl.analysis.stages import TooManyStages

    try:
        yield
    except TooManyStages as problem:
        raise Usage(f"--stages: {problem}") from None


def show_stages(networks: list[Network], specs: list[Spec], args: Namespace) -> int:
    """One table for each network. Raises Usage."""
    form = args.format
    if form not in FORMATS:
        raise Usage(f"--stages is shown as {', '.join(FORMATS)}, not {form}")
    if args.by or args.plot or args.sort or args.top:
        raise Usage("--stages has rows of its own: no --by, --plot, --sort or --top")
    if args.batch != 1 or args.dtype != "float32" or args.optimizer:
        raise Usage("--stages is about one example in float32: no --batch, --dtype, --optimizer")
    to_terminal = args.out in (None, "-")
    if form == "json" and to_terminal:
        say_json(_values(networks, args.stages))
        return 0
    text = _render(networks, args.stages, form, to_terminal)
    if to_terminal:
        say(text)
    else:
        write_files({args.out: text.encode()}, tuple(s.file.name for s in specs))
        say_line(f"wrote {args.out}")
    return 0


def _values(networks: list[Network], count: int) -> list[dict[str, object]]:
    from archdsl.backends.report.stages import stage_values

    with refusing():
        return stage_values(networks, count)


def _render(networks: list[Network], count: int, form: str, to_terminal: bool) -> str:
    from archdsl.backends.report import markdown_form, text_form
    from archdsl.backends.report.stages import stage_sections

    if form == "json":
        import json

        return json.dumps(_values(networks, count), indent=2) + "\n"
    with refusing():
        sections = stage_sections(networks, count)
    if form == "markdown":
        return markdown_form.render_sections(sections)
    width = terminal_width() if to_terminal else 100
    return text_form.render_sections(sections, width, to_terminal and uses_color(sys.stdout))
