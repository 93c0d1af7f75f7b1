"""`archdsl fmt`: lays specs out in the one canonical layout; what they mean never changes."""

from __future__ import annotations

import os
import sys

from archdsl.cli.fix import difference
from archdsl.cli.output import say, say_json, say_line, write_files
from archdsl.cli.show import problems_of, show_problems
from archdsl.cli.specs import Spec, Usage, read_source
from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.files import MAX_BYTES
from archdsl.source import SourceFile, Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

SUFFIX = ".arch"


def options(parser: ArgumentParser) -> None:
    """`archdsl fmt [--check] [--diff] FILE…`."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a file, a folder with all below it, or `-`"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 where a layout would change"
    )
    parser.add_argument("--diff", action="store_true", help="write nothing; show what would change")
    parser.add_argument("--json", action="store_true", help="answers for programs")


class Laid:
    """A spec and its text in the canonical layout."""

    __slots__ = ("spec", "text")

    def __init__(self, spec: Spec, text: str) -> None:
        self.spec = spec
        self.text = text

    @property
    def changed(self) -> bool:
        """Whether the layout is another than that of the file."""
        return not self.spec.diagnostics and self.text != self.spec.file.text


def run(args: Namespace) -> int:
    """1 where a file is wrong, or with `--check` would change."""
    laid = [lay_out_file(path) for path in find_files(args.files)]
    keeps = args.check or args.diff
    if not keeps:
        write([one for one in laid if one.changed and one.spec.name != "-"])
    specs = [one.spec for one in laid]
    if args.json:
        say_json([{**problems_of(one.spec), "changed": one.changed} for one in laid])
        failed = int(any(s.diagnostics for s in specs))
    else:
        failed = show_problems(specs)
        for one in laid:
            tell(one, args)
    return 1 if failed or (args.check and any(one.changed for one in laid)) else 0


def find_files(names: list[str]) -> list[str]:
    """The files that are meant, each once: those named, and all specs below a folder."""
    found: dict[str, str] = {}
    for name in names:
        if name != "-" and os.path.isdir(name):
            below = sorted(
                os.path.join(folder, file)
                for folder, _, files in os.walk(name)
                for file in files
                if file.endswith(SUFFIX)
            )
        elif name.lower().endswith((".yaml", ".yml", ".json")):
            raise Usage(f"fmt lays out {SUFFIX} and Markdown files, not {name!r}")
        else:
            below = [name]
        for path in below:
            found.setdefault(path if path == "-" else os.path.realpath(path), path)
    return list(found.values())


def lay_out_file(path: str) -> Laid:
    """A file with its layout, or with what is wrong with its text."""
    from archdsl.syntax.format.render import lay_out
    from archdsl.syntax.literate import is_literate, lay_out_page

    file, wrong = read_source(path)
    if wrong:
        return Laid(Spec(path, file, None, wrong), "")
    text, wrong = lay_out_page(file) if is_literate(file) else lay_out(file, MAX_BYTES)
    if not wrong and len(text.encode()) > MAX_BYTES:
        wrong = [too_large(file, text)]
    return Laid(Spec(path, file, None, wrong), text)


def too_large(file: SourceFile, text: str) -> Diagnostic:
    """A text that is too long once it is laid out."""
    return Diagnostic(
        "limit",
        f"laid out, this is a spec of {len(text.encode()):,} bytes, more than {MAX_BYTES:,}",
        Label(Span(file, 0, 0)),
        help="repeats, blocks and `use` say much in few bytes",
    )


def write(changed: list[Laid]) -> None:
    """Puts new texts in the place of the old; a link goes on to its file."""
    write_files({os.path.realpath(o.spec.file.name): o.text.encode() for o in changed})


def tell(one: Laid, args: Namespace) -> None:
    """What is said of a file: its difference, its text, or that its layout is or would be new."""
    if one.spec.diagnostics:
        return
    if args.diff:
        if one.changed:
            say(difference(one.spec.file.name, one.spec.file.text, one.text))
    elif one.spec.name == "-" and not args.check:
        put_text(one.text)
    elif one.changed:
        done = "would be laid out anew" if args.check else "laid out anew"
        say_line(f"{one.spec.file.name}: {done}")


def put_text(text: str) -> None:
    """The text itself on standard output, as UTF-8 wherever that can be had."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        if text:
            say(text)
        return
    sys.stdout.flush()
    buffer.write(text.encode())
    buffer.flush()
