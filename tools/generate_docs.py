"""Writes what the pages take from the code: kinds, errors, standard library, specs, figures.

python -m tools.generate_docs            writes them
python -m tools.generate_docs --check    exits 1 and names those that are out of date
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import archdsl.cli.pages
import archdsl.lint.rules  # noqa: F401  (these fill the registries)
from archdsl.analysis.cost import cost
from archdsl.analysis.depth import depth
from archdsl.diagnostics.errors import ArchError
from archdsl.elaborate.attributes import common_names
from archdsl.elaborate.kind_pages import COMMON, FAMILIES, all_kinds, shorthand
from archdsl.files import read_spec
from archdsl.lint.rule import Rule
from archdsl.ops.base import REQUIRED, show
from archdsl.pipeline import Request, compile_text
from archdsl.source import SourceFile
from archdsl.syntax import ast
from archdsl.syntax.parse import parse
from archdsl.syntax.yaml.schema import schema_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from archdsl.ir.model import Network
    from archdsl.ops.base import Field, Kind

ROOT = Path(__file__).resolve().parent.parent
MADE = "<!-- Made by `python -m tools.generate_docs`; edit what it is made from. -->\n"


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
    rows = [(f"`{f.name}`", default_of(f), doc_of(f)) for f in kind.fields]
    rows += [(f"`{n}`", "", "a tensor: `@label`") for n in kind.tensors]
    return lines + (table(("attribute", "default", "meaning"), rows) if rows else [])


def default_of(field: Field) -> str:
    """A field's default as it is written; nothing where it must be given."""
    return "" if field.default is REQUIRED else show(field.default)


def doc_of(field: Field) -> str:
    """What a field means, and the words that it takes."""
    return field.doc + (f" ({', '.join(field.choices)})" if field.choices else "")


# --- errors -----------------------------------------------------------------------------------


def errors_page() -> str:
    """Every error with its page; the examples are run by the tests."""
    lines = [MADE, "# Errors", ""]
    lines += [
        "What `archdsl explain ID` shows, for all of them. A wrong example gives that error",
        "and no other, the right one none: the tests run both. `--json` and `--format sarif` give",
        "the errors of a spec to programs, with the edits of their fixes.",
        "",
    ]
    lines.append(", ".join(f"[`{id}`](#{id})" for id in sorted(ArchError.registry)))
    for id, error in sorted(ArchError.registry.items()):
        # What a back end refuses is no mistake that `check` finds.
        found = "" if error.__module__.startswith("archdsl.backends") else f" error={id}"
        language = "yaml" if error.__module__.startswith("archdsl.syntax.yaml") else "arch"
        found = found if language == "arch" else ""
        page = explained(found, inspect.getdoc(error) or "", language)
        lines += ["", f"## {id}", "", *page]
    return finish(lines)


def explained(found: str, text: str, language: str = "arch") -> Iterator[str]:
    """A docstring as Markdown: what is indented is a spec, wrong or right."""
    word = ""
    for part in re.split(r"\n((?: {4}[^\n]*\n|\n)*(?: {4}[^\n]*))(?=\n|$)", text):
        if part.startswith("    ") or part.startswith("\n    "):
            spec = inspect.cleandoc(part.strip("\n"))
            yield f"```{language}" + (found if word == "Wrong:" else "")
            yield spec
            yield "```"
            if found and word == "Wrong:":
                yield from ("", mended(spec))
        elif part.strip():
            word = part.strip().splitlines()[-1]
            yield part.strip()
        yield ""


# --- lints ------------------------------------------------------------------------------------

SILENCE = """`archdsl lint FILE…` tells what is legal and probably not meant. It exits with 1
where it finds something, and where the spec is wrong. `--only ID,…` runs some rules, `--allow ID,…`
leaves some out, `--all` runs those too that are advice (here called notes). `--diff` shows what
`--fix` would change: fixes that are proven to leave no error in a spec, and one finding less.

What is meant as it stands is silenced in the text, with a reason after a colon:

```arch
input 3x227x227
conv3-8, relu
maxpool    # lint: allow dropped-rows: the last row is a margin
# lint: allow bias-before-norm: for the whole statement that follows, with its body
conv3-8, bn, relu, gap, FC-10
```

`# lint: allow-file ID` holds for the file. An allowance that silences nothing is a finding.
"""


def lints_page() -> str:
    """Every rule of `lint` with its page; the examples are run by the tests."""
    rules = sorted(Rule.registry.items())
    lines = [MADE, "# Lints", "", SILENCE]
    lines += table(
        ("rule", "what it finds"),
        (
            (
                f"[`{id}`](#{id})" + (" (note)" if rule.severity == "note" else ""),
                (inspect.getdoc(rule) or "").split("\n")[0],
            )
            for id, rule in rules
        ),
    )
    for id, rule in rules:
        lines += ["", f"## {id}", "", *explained(f" lint={id}", inspect.getdoc(rule) or "")]
    return finish(lines)


MENDED = {
    "sure": "`archdsl check --fix` mends it: {}.",
    "claim": "`archdsl check --fix --claims` mends it: {}.",
    "guess": "The message shows one way to mend it: {}.",
}


def mended(spec: str) -> str:
    """What a fix would do to a wrong example, where it has one."""
    problems = compile_text(SourceFile("wrong.arch", spec + "\n"))[1]
    fix = problems[0].fix if problems else None
    return MENDED[fix.safety].format(fix.title) if fix else ""


# --- the standard library ---------------------------------------------------------------------


def std_page() -> str:
    """Every file of the standard library, its blocks and their text."""
    lines = [MADE, "# The standard library", ""]
    lines += [
        "Blocks written in the language itself. `use std/resnet` brings all of a file, and",
        "`use std/resnet: basic` what it names. A parameter without `=` must be given, one with",
        "`@` takes a tensor.",
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
        if span.text.startswith(("##", "# lint:")):
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


# --- figures in the tutorial ------------------------------------------------------------------

FIGURES = re.compile(r"(<!-- figures: ([^>]+) -->\n).*?(<!-- end -->)", re.S)


def tutorial_page() -> str:
    """The tutorial with a table under each `<!-- figures: FILE FILE:NETWORK … -->`, made anew."""
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    return FIGURES.sub(lambda m: m[1] + "\n".join(figures(m[2].split())) + "\n" + m[3], text)


def figures(names: list[str]) -> list[str]:
    """A table of what networks cost, `FILE` or `FILE:NETWORK` each."""
    rows = []
    for name in names:
        path, _, network = name.partition(":")
        design, problems = compile_text(read_spec(str(ROOT / path)), Request(network or None))
        if design is None:
            raise SystemExit(f"{name}: {problems[0].message}")
        for found in design.networks:
            total = cost(found.module)
            counts = (total.params, total.total_macs, depth(found.module))
            rows.append((f"`{found.name}`", *(f"{n:,}" for n in counts)))
    return table(("network", "parameters", "MACs", "depth"), rows)


# --- main -------------------------------------------------------------------------------------


MAKERS: dict[str, Callable[[], str]] = {
    "docs/kinds.md": kinds_page,
    "docs/errors.md": errors_page,
    "docs/lints.md": lints_page,
    "docs/std.md": std_page,
    "docs/tutorial.md": tutorial_page,
    "specs/README.md": specs_page,
    "archdsl/syntax/yaml/archdsl.schema.json": schema_text,
}
"""What makes each page."""


def main(argv: list[str]) -> int:
    """Writes the pages, or with `--check` says which are out of date."""
    stale = []
    for path, make in MAKERS.items():
        target = ROOT / path
        text = make()
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
