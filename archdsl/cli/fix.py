"""`archdsl check --fix`: mends specs where nothing else can be meant."""

from __future__ import annotations

from archdsl.cli.output import say, say_line, write_files
from archdsl.cli.specs import Spec, Usage, make_limits, make_request, read_source, split_name
from archdsl.diagnostics.characters import escape
from archdsl.diagnostics.mend import Mended, mend
from archdsl.pipeline import Request, compile_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.ir.model import Design
    from archdsl.source import SourceFile


def fix_all(args: Namespace) -> tuple[list[Spec], list[Mended | None]]:
    """The specs of the command line after their fixes, which are written, or shown by `--diff`."""
    if args.fix and not args.diff and any(split_name(name)[0] == "-" for name in args.files):
        raise Usage("--fix writes into files; standard input is none (--diff shows the change)")
    made = [fix_one(name, args) for name in args.files]
    return [spec for spec, _ in made], [mended for _, mended in made]


def fix_one(name: str, args: Namespace) -> tuple[Spec, Mended | None]:
    """One file. With `--diff` it stays as it is, and so do its diagnostics."""
    path, network = split_name(name)
    request, limits = make_request(args), make_limits(args.limit)
    if network is not None:
        request = Request(network, request.settings, request.input)
    file, wrong = read_source(path)
    if wrong:
        return Spec(name, file, None, wrong), None

    looked: dict[int, tuple[Design | None, list[Diagnostic]]] = {}  # at the first text, by its id

    def check(text: SourceFile) -> list[Diagnostic]:
        found = compile_text(text, request, limits)
        if text is file:
            looked[id(text)] = found
        return found[1]

    wanted = ("sure", *["claim"] * args.claims, *["guess"] * args.guesses)
    mended = mend(file, check, wanted)
    if mended.done and not args.diff:
        write_files({path: mended.file.text.encode("utf-8")})
    left = file if args.diff else mended.file
    design, diagnostics = looked.get(id(left)) or compile_text(left, request, limits)
    return Spec(name, left, design, diagnostics), mended


def tell(mended: Mended, diff: bool) -> None:
    """What was changed: a line for each mistake, or the difference."""
    path = mended.file.name
    if diff:
        say(difference(path, mended.before.text, mended.file.text).rstrip("\n"))
        return
    for d in mended.done:
        line, column = d.primary.span.file.line_col(d.primary.span.start)
        title = d.fix.title if d.fix is not None else ""
        say_line(f"{path}:{line}:{column}: fixed[{d.id}]: {title}")


def difference(path: str, before: str, after: str) -> str:
    """A unified diff."""
    from difflib import unified_diff

    path = escape(path)
    old, new = (text.splitlines(keepends=True) for text in (before, after))
    out = []
    for line in unified_diff(old, new, f"a/{path}", f"b/{path}"):
        out.append(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")
    return "".join(out)
