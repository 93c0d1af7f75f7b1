"""`archdsl lint`: what is legal and probably not meant, with fixes that are proven."""

from __future__ import annotations

import sys

from archdsl.cli.options import add_files, add_spec_options
from archdsl.cli.output import say, say_json, say_line, uses_color, warn, write_files
from archdsl.cli.specs import Usage, make_limits, make_request, read_source, split_name
from archdsl.diagnostics.errors import ArchError
from archdsl.lint.rule import Rule
from archdsl.lint.run import Choice
from archdsl.pipeline import Request, lint_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from archdsl.diagnostics.mend import Mended
    from archdsl.diagnostics.model import Diagnostic
    from archdsl.source import SourceFile

    Look = Callable[[SourceFile], tuple[list[Diagnostic], list[Diagnostic]]]

FORMATS = ("text", "json", "sarif")


def options(parser: ArgumentParser) -> None:
    """`archdsl lint FILE…`."""
    add_files(parser)
    add_spec_options(parser)
    for name, does in (("--allow", "leave these rules out"), ("--only", "run these rules alone")):
        parser.add_argument(
            name, action="append", default=[], metavar="ID,…", help=does + " (repeatable)"
        )
    parser.add_argument("--all", action="store_true", help="advice too, such as tensor-core sizes")
    parser.add_argument("--format", choices=FORMATS, default="text", help="of what is found")
    parser.add_argument("--fix", action="store_true", help="make the fixes that are sure")
    parser.add_argument("--diff", action="store_true", help="show what --fix would change")


class Linted:
    """A file with its errors, or its findings, and what its fixes have mended."""

    __slots__ = ("file", "found", "mended", "name", "wrong")

    def __init__(self, name: str, file: SourceFile, wrong: list[Diagnostic]) -> None:
        self.name = name
        self.file = file
        self.wrong = wrong
        self.found: list[Diagnostic] = []
        self.mended: Mended | None = None

    @property
    def shown(self) -> list[Diagnostic]:
        """What there is to say of it."""
        return self.wrong or self.found


def run(args: Namespace) -> int:
    """1 where anything is found or wrong."""
    choice = make_choice(args)
    if args.fix and not args.diff and any(split_name(name)[0] == "-" for name in args.files):
        raise Usage("--fix writes into files; standard input is none (--diff shows the change)")
    results = [lint_one(name, choice, args) for name in args.files]
    if args.json or args.format == "json":
        say_json([facts(r) for r in results])
    elif args.format == "sarif":
        import archdsl.cli.pages  # noqa: F401  (fills the registry of errors)
        from archdsl.diagnostics.sarif import render

        say(render([d for r in results for d in r.shown], {**ArchError.registry, **Rule.registry}))
    else:
        show(results, args)
    return int(any(r.shown for r in results))


def make_choice(args: Namespace) -> Choice:
    """The rules of the command line. Raises Usage for an unknown id."""
    allow, only = (
        frozenset(id for text in texts for id in text.replace(",", " ").split())
        for texts in (args.allow, args.only)
    )
    if args.only and not only:
        raise Usage("--only takes ids of rules, and none is given: see `archdsl explain`")
    for id in sorted(allow | only):
        if id not in Rule.registry:
            from archdsl.elaborate.suggest import did_you_mean

            help = did_you_mean(id, Rule.registry)
            raise Usage(f"no rule is called {id!r}" + (f"; {help}" if help else ""))
    return Choice(only, allow, args.all)


def lint_one(name: str, choice: Choice, args: Namespace) -> Linted:
    """One file, mended where that is asked for."""
    path, network = split_name(name)
    request, limits = make_request(args), make_limits(args.limit)
    if network is not None:
        request = Request(network, request.settings, request.input)
    file, wrong = read_source(path)
    result = Linted(name, file, wrong)
    if wrong:
        return result

    def look(text: SourceFile) -> tuple[list[Diagnostic], list[Diagnostic]]:
        return lint_text(text, choice, request, limits)

    result.wrong, result.found = look(file)
    if not result.wrong and (args.fix or args.diff):
        mend_one(result, path, look, args)
    return result


def mend_one(result: Linted, path: str, look: Look, args: Namespace) -> None:
    """Makes the fixes of a file and writes it; with `--diff` it stays as it is."""
    from archdsl.diagnostics.mend import mend

    before = result.found

    def check(text: SourceFile) -> list[Diagnostic]:
        wrong, found = look(text)
        return [*wrong, *before] if wrong else found  # an error is no way out of a finding

    result.mended = mended = mend(result.file, check)
    if mended.done and not args.diff:
        write_files({path: mended.file.text.encode("utf-8")})
        result.found, result.file = mended.left, mended.file


def show(results: list[Linted], args: Namespace) -> None:
    """What was mended, what remains, and a line for each file of which nothing is to be said."""
    from archdsl.diagnostics.render import render_all

    for r in results:
        if r.mended is not None and r.mended.done:
            from archdsl.cli.fix import tell

            tell(r.mended, args.diff)
        if r.shown:
            warn(render_all(r.shown, uses_color(sys.stderr)))
        else:
            say_line(f"{r.name}: nothing found")


def facts(r: Linted) -> dict[str, object]:
    """A file for programs."""
    from archdsl.diagnostics.render import to_dict

    out: dict[str, object] = {
        "file": r.name,
        "ok": not r.shown,
        "diagnostics": [to_dict(d) for d in r.shown],
    }
    if r.mended is not None:
        out["fixed"] = [to_dict(d) for d in r.mended.done]
    return out
