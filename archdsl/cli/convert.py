"""`archdsl convert`: a spec in the other form: the language, YAML or JSON; nothing is lost."""

from __future__ import annotations

from archdsl.cli.output import say, write_files
from archdsl.cli.show import show_problems
from archdsl.cli.specs import Spec, Usage, read_source
from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.files import MAX_BYTES
from archdsl.source import Span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

FORMS = ("arch", "yaml", "json")


def options(parser: ArgumentParser) -> None:
    """`archdsl convert FILE --to yaml [-o F]`."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="a spec in any form, or `-`")
    parser.add_argument("--to", choices=FORMS, help="the form that is wanted")
    parser.add_argument("-o", "--out", metavar="F", help="a file instead of standard output")
    parser.add_argument(
        "--schema", action="store_true", help="the JSON Schema of the YAML form, for editors"
    )


def run(args: Namespace) -> int:
    """1 where the text is wrong; that the shapes fit is not asked."""
    if args.schema:
        from archdsl.syntax.yaml.schema import schema_text

        return put(schema_text(), args.out, ())
    if args.file is None or args.to is None:
        raise Usage("convert takes FILE and --to arch, yaml or json (or --schema alone)")
    from archdsl.syntax.yaml.convert import convert

    file, problems = read_source(args.file)
    text = ""
    if not problems:
        text, problems = convert(file, args.to)
    if not problems and len(text.encode()) > MAX_BYTES:
        problems = [
            Diagnostic(
                "limit",
                f"in this form it is a spec of {len(text.encode()):,} bytes, more than "
                f"{MAX_BYTES:,}",
                Label(Span(file, 0, 0)),
                help="repeats, blocks and `use` say much in few bytes",
            )
        ]
    if problems:
        return show_problems([Spec(args.file, file, None, problems)])
    return put(text, args.out, (args.file,))


def put(text: str, path: str | None, sources: tuple[str, ...]) -> int:
    """The text in a file, or on standard output."""
    if path is None or path == "-":
        say(text)
    else:
        write_files({path: text.encode()}, sources)
    return 0
