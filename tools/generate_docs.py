"""Writes the pages that are made from the code: kinds, errors, the standard library, the specs.

    python -m tools.generate_docs            writes them
    python -m tools.generate_docs --check    exits 1 and names those that are out of date
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archdsl.analysis.cost import cost
from archdsl.cli.pages import COMMON, FAMILIES, all_kinds, default_text, shorthand
from archdsl.diagnostics.errors import ArchError
from archdsl.elaborate.attributes import common_names
from archdsl.files import read_spec
from archdsl.pipeline import compile_text
from archdsl.syntax import ast
from archdsl.syntax.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archdsl.ir.model import Network
    from archdsl.ops.base import Kind
    from archdsl.source import SourceFile

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made by `python -m tools.generate_docs`; edit what it is made from. -->\n"


def pages() -> dict[str, str]:
    """The text of every generated page by its path."""
    return {
        "docs/kinds.md": kinds_page(),
        "docs/errors.md": errors_page(),
        "docs/std.md": std_page(),
        "specs/README.md": specs_page(),
    }


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return lines


def finish(lines: list[str]) -> str:
    """The page, with one empty line at most between its parts."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


# --- kinds ------------------------------------------------------------------------------------


def kinds_page() -> str:
    """Every kind by family."""
    lines = [MADE, "# Layer kinds", ""]
    lines += [
        "Letter case and hyphens in a name do not count: `soft-max` is `softmax`. Each kind gives",
        "the shorthand its own meaning; what it does not mention is an error. `archdsl kinds KIND`",
        "shows the same in a terminal. Attributes without a default must be given.",
        "",
    ]
    kinds = all_kinds()
    for family in (*FAMILIES, *sorted({k.family for k in kinds} - set(FAMILIES))):
        members = [k for k in kinds if k.family == family]
        if members:
            names = ", ".join(f"[`{k.name}`](#{k.name.lower()})" for k in members)
            lines.append(f"- {family}: {names}")
    lines += ["", "Attributes that many kinds share:", ""]
    lines += table(("attribute", "meaning"), ((f"`{n}`", doc) for n, doc in COMMON.items()))
    for kind in kinds:
        lines += kind_section(kind)
    return finish(lines)


def kind_section(kind: type[Kind]) -> list[str]:
    """One kind."""
    lines = ["", f"## {kind.name}", "", inspect.getdoc(kind) or "", ""]
    written = [f"written `{shorthand(kind)}`"]
    if kind.positional:
        written.append(f"by place `{kind.name}({', '.join(kind.positional)})`")
    if len(kind.names) > 1:
        written.append("also called " + ", ".join(f"`{n}`" for n in kind.names[1:]))
    common = [n for n in common_names(kind) if n not in [f.name for f in kind.fields]]
    if common:
        written.append("takes " + ", ".join(f"`{n}`" for n in common))
    first = "; ".join(written)
    lines += [first[0].upper() + first[1:] + ".", ""]
    rows = [
        (f"`{f.name}`", "" if default_text(f.default) == "(required)" else default_text(f.default))
        + (f.doc + (f" ({', '.join(f.choices)})" if f.choices else ""),)
        for f in kind.fields
    ]
    rows += [(f"`{n}`", "", "a tensor: `@label`") for n in kind.tensors]
    return lines + (table(("attribute", "default", "meaning"), rows) if rows else [])


# --- errors -----------------------------------------------------------------------------------


def errors_page() -> str:
    """Every error with its page; the examples are run by the tests."""
    lines = [MADE, "# Errors", ""]
    lines += ["What `archdsl explain ID` shows, for all of them.", ""]
    lines.append(", ".join(f"[`{id}`](#{id})" for id in sorted(ArchError.registry)))
    for id, error in sorted(ArchError.registry.items()):
        lines += ["", f"## {id}", "", *explained(id, inspect.getdoc(error) or "")]
    return finish(lines)


def explained(id: str, text: str) -> Iterator[str]:
    """A docstring as Markdown: what is indented is a spec, wrong or right."""
    word = ""
    for part in re.split(r"\n((?: {4}[^\n]*\n|\n)*(?: {4}[^\n]*))(?=\n|$)", text):
        if part.startswith("    ") or part.startswith("\n    "):
            yield f"```arch error={id}" if word == "Wrong:" else "```arch"
            yield inspect.cleandoc(part.strip("\n"))
            yield "```"
        elif part.strip():
            word = part.strip().splitlines()[-1]
            yield part.strip()
        yield ""


# --- the standard library ---------------------------------------------------------------------


def std_page() -> str:
    """Every file of the standard library, its blocks and their text."""
    lines = [MADE, "# The standard library", ""]
    lines += [
        "Blocks written in the language itself. `use std/resnet` brings all of a file, and",
        "`use std/resnet: basic` what it names. A parameter without `=` must be given, one with `@`",
        "takes a tensor.",
        "",
    ]
    for path in sorted((ROOT / "archdsl" / "std").glob("*.arch")):
        lines += std_section(read_spec(str(path)), f"std/{path.stem}")
    return finish(lines)


def std_section(file: SourceFile, name: str) -> list[str]:
    """One file: what it says at its head, then its blocks."""
    tree, _ = parse(file)
    blocks = [s for s in tree.body if isinstance(s, ast.Block)]
    lines = ["", f"## {name}", "", file_doc(file.text), ""]
    rows = []
    for block in blocks:
        head = file.text[block.name.span.start : block.span.end].split("{", 1)[0]
        rows.append((f"`{' '.join(head.split())}`", block.doc.replace("\n", " ")))
    lines += table(("block", ""), rows)
    lines += ["", f"```arch from=archdsl/{name}.arch"]
    lines += [s for s in file.text.splitlines() if not s.startswith("#")]
    return [*lines, "```"]


def file_doc(text: str) -> str:
    """The `##` comment at the head of a file, where a blank line or a statement ends it."""
    head = re.match(r"((?:##[^\n]*\n)+)(?!block|network)", text)
    return "\n".join(line[2:].strip() for line in head[1].splitlines()) if head else ""


# --- specs ------------------------------------------------------------------------------------


def specs_page() -> str:
    """Every network of `specs/`, its figures, the claims that are proven, the remarks."""
    lines = [MADE, "# The networks in this folder", ""]
    lines += [
        "Every figure is computed when the page is made. The claims in the last column stand in",
        "the files as `expect` lines, so `archdsl check specs/*.arch` proves them: `==` exactly,",
        "`~` when rounded to the digits that the paper prints. Where references disagree, the",
        "remarks say what was chosen. [counting.md](../docs/counting.md) says what is counted.",
        "",
    ]
    for path in sorted((ROOT / "specs").glob("*.arch")):
        lines += spec_section(read_spec(str(path)), path.name)
    return finish(lines)


def spec_section(file: SourceFile, name: str) -> list[str]:
    """One file."""
    design, problems = compile_text(file)
    if design is None:
        raise SystemExit(f"{name}: {problems[0].message}")
    tree, _ = parse(file)
    head, remarks = comments_of(tree, file)
    lines = ["", f"## [{name}]({name})", "", head, ""]
    lines += table(
        ("network", "", "parameters", "MACs", "proven"), (spec_row(n) for n in design.networks)
    )
    return [*lines, "", *(f"- {r}" for r in remarks)]


def spec_row(network: Network) -> tuple[str, ...]:
    """One network."""
    total = cost(network.module)
    claims = ", ".join(f"`{' '.join(c.text.split())}`" for c in network.claims)
    doc = network.doc.replace("\n", " ")
    return network.name, doc, f"{total.params:,}", f"{total.total_macs:,}", claims


def comments_of(tree: ast.File, file: SourceFile) -> tuple[str, list[str]]:
    """The comment at the head of a file, and the others with the lines that they stand on."""
    rows = file.text.splitlines()
    head: list[str] = []
    remarks: list[str] = []
    last = 0
    for span in tree.comments:
        if span.text.startswith("##"):
            continue
        words = span.text[1:].strip()
        code = " ".join(rows[span.line - 1][: file.line_col(span.start)[1] - 1].split())
        if not code and span.line == len(head) + 1:
            head.append(words)
        elif not code and remarks and span.line == last + 1:
            remarks[-1] += " " + words
        else:
            remarks.append(f"`{code}`: {words}" if code else words)
        last = 0 if code else span.line
    return "\n".join(head), remarks


# --- main -------------------------------------------------------------------------------------


def main(argv: list[str]) -> int:
    """Writes the pages, or with `--check` says which are out of date."""
    stale = []
    for path, text in pages().items():
        target = ROOT / path
        if target.exists() and target.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if "--check" not in argv:
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")
    for path in stale:
        print(("out of date: " if "--check" in argv else "wrote ") + path)
    return int(bool(stale) and "--check" in argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
