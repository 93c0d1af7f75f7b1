"""`archdsl import`: other forms of networks as specs; so far tables pasted from papers."""

from __future__ import annotations

import os
import re
import sys

from archdsl.cli.options import add_command
from archdsl.cli.output import say, say_json, uses_color, warn, write_files
from archdsl.cli.specs import Usage, parse_input, read_source
from archdsl.diagnostics.model import Diagnostic
from archdsl.diagnostics.render import escape, render_all, to_dict
from archdsl.importers.table import FORMS, Options, read_table, settle
from archdsl.ir.model import Design
from archdsl.source import SourceFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def options(parser: ArgumentParser) -> None:
    """`archdsl import table FILE`."""
    sources = parser.add_subparsers(
        dest="source", metavar="table", prog="archdsl import", required=True
    )
    table = add_command(
        sources, "table", "a table pasted from a paper, a page, LaTeX; timm's block strings"
    )
    table.add_argument("file", metavar="FILE", help="the table, `-` for standard input")
    table.add_argument("-o", "--out", metavar="F.arch", help="write to this file (stdout)")
    table.add_argument("--format", choices=FORMS, default="auto", help="form of the text (auto)")
    table.add_argument("--table", type=int, metavar="N", help="the N-th table of a page")
    table.add_argument("--name", metavar="N", help="name of the network or family (of the file)")
    table.add_argument("--input", metavar="3x224x224", help="size of the input")
    table.add_argument("--classes", type=int, default=1000, metavar="N", help="`k` (1000)")
    table.add_argument("--norm", metavar="KIND", help="norm behind convolutions, or none")
    table.add_argument("--act", metavar="KIND", help="activation")
    table.add_argument("--dropout", metavar="P", help="dropout behind hidden FC layers")
    table.add_argument("--strides", metavar="1,2,2,2", help="strides of stages, if no size says it")
    table.add_argument(
        "--strided", type=int, choices=(1, 3), default=3, help="what of a bottleneck strides (3)"
    )
    table.add_argument(
        "--blocks", choices=("residual", "plain"), default="residual", help="what brackets are"
    )
    table.add_argument("--growth", type=int, default=32, metavar="K", help="DenseNet's k (32)")
    table.add_argument(
        "--se", choices=("block", "expansion"), default="block", help="what timm's se0.25 is of"
    )
    table.add_argument("--stem", metavar="LAYERS", help="before timm's blocks (conv3-32/2)")
    table.add_argument("--head", metavar="LAYERS", help="behind them (conv1-1280, gap, FC-1000)")
    table.add_argument("--loose", action="store_true", help="false claims of the table: comments")
    table.add_argument("--json", action="store_true", help="answer for programs")


def run(args: Namespace) -> int:
    """Writes the spec; 1 where the table is not understood."""
    chosen = choose(args)
    file, wrong = read_source(args.file)
    if wrong:
        return refuse(wrong, args.json)
    draft, problems = read_table(file, chosen)
    if draft is None:
        return refuse(problems, args.json)
    from archdsl.pipeline import compile_text

    design, text, problems = settle(draft, compile_text)
    if design is None:
        return refuse(problems, args.json)
    from archdsl.syntax.format.render import lay_out

    text, problems = lay_out(SourceFile("<import>", text))
    assert not problems
    if args.out and args.out != "-":
        write_files({args.out: text.encode()}, (args.file,))
    reading = draft.reading
    told = [f"mended: {note}" for note in reading.doubts] + draft.false
    if args.json:
        facts = {"networks": counts(design), "assumed": reading.notes, "warnings": told}
        say_json({"ok": True, "spec": text, **facts})
        return 0
    if not args.out or args.out == "-":
        say(text)
    for note in told:
        warn("archdsl: " + escape(note))
    for one in counts(design):
        warn(escape(f"{one['network']}: {one['params']:,} parameters"))
    if args.out and args.out != "-":
        warn(f"wrote {escape(args.out)}")
    return 0


def refuse(problems: list[Diagnostic], as_json: bool) -> int:
    """Shows what is not understood."""
    if as_json:
        say_json({"ok": False, "diagnostics": [to_dict(d) for d in problems]})
    else:
        warn(render_all(problems, uses_color(sys.stderr)))
    return 1


def counts(design: Design) -> list[dict[str, object]]:
    """Each network with its parameters."""
    from archdsl.analysis.cost import cost

    return [{"network": n.name, "params": cost(n.module).params} for n in design.networks]


def choose(args: Namespace) -> Options:
    """What the command line says of what the table leaves open. Raises Usage."""
    chosen = Options()
    chosen.form, chosen.table, chosen.name = args.format, args.table, args.name
    chosen.file_name = "Net" if args.file == "-" else os.path.basename(args.file).split(".")[0]
    sizes = parse_input(args.input)
    if sizes is not None:
        if len(sizes) != 3:
            raise Usage(f"--input takes an image, such as 3x224x224, not {args.input!r}")
        chosen.input = (sizes[0], sizes[1], sizes[2])
    for name in ("classes", "growth"):
        if not 1 <= getattr(args, name) < 2**31:
            raise Usage(f"--{name} is at least 1")
    chosen.classes, chosen.growth = args.classes, args.growth
    chosen.strided, chosen.blocks, chosen.se = args.strided, args.blocks, args.se
    chosen.loose = args.loose
    chosen.strides = parse_strides(args.strides)
    chosen.norm, chosen.act = one_kind(args.norm, "norm"), one_kind(args.act, "act")
    chosen.stem, chosen.head = one_line(args.stem, "stem"), one_line(args.head, "head")
    if args.dropout is not None and not re.fullmatch(r"0?\.\d{1,6}", args.dropout):
        raise Usage(f"--dropout takes a probability such as 0.5, not {args.dropout!r}")
    chosen.dropout = args.dropout
    if args.name is not None and not re.fullmatch(r"[A-Za-z_][\w-]{0,47}", args.name, re.A):
        raise Usage(f"--name takes a name such as VGG, not {args.name!r}")
    return chosen


def parse_strides(text: str | None) -> tuple[int, ...]:
    """`--strides 1,2,2,2`. Raises Usage."""
    if text is None:
        return ()
    parts = text.split(",")
    if not all(p.isascii() and p.isdecimal() and 0 < int(p[:4]) < 100 for p in parts):
        raise Usage(f"--strides takes numbers such as 1,2,2,2, not {text!r}")
    return tuple(int(p) for p in parts)


def one_kind(text: str | None, option: str) -> str | None:
    """A kind of layer, or none. Raises Usage."""
    from archdsl.ops.base import Kind

    if text is None or text == "none":
        return text
    kind = Kind.lookup(text)
    families = {"norm": "norm", "act": "activation"}
    if kind is None or kind.family != families[option]:
        example = "bn" if option == "norm" else "relu"
        raise Usage(f"--{option} takes a kind such as {example}, or none, not {text!r}")
    return text


def one_line(text: str | None, option: str) -> str | None:
    """Layers in the language, on one line. Raises Usage."""
    if text is not None and (not text.strip() or not text.isprintable()):
        raise Usage(f"--{option} takes layers such as `conv3-32/2`")
    return text
