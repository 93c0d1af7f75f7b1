"""The other forms of a spec say the same: its canonical layout, and YAML."""

from __future__ import annotations

from archdsl.ir.text import render
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from archdsl.syntax.format import render as form
from archdsl.syntax.parse import parse
from archdsl.syntax.yaml.convert import convert
from tests.differential.checks import Mismatch, need


def check(text: str) -> None:
    """`fmt` is idempotent and keeps the IR; YAML and back is the same IR."""
    wanted = ir_of(text)
    check_layout(text, wanted)
    check_yaml(text, wanted)


def ir_of(text: str, suffix: str = ".arch") -> str:
    """The IR as text; Mismatch where the text is refused."""
    design, wrong = compile_text(SourceFile(f"random{suffix}", text))
    if design is None:
        raise Mismatch(f"refused after a change of form: {wrong[0].message}\n{text}")
    return render(design)


def check_layout(text: str, wanted: str) -> None:
    """The canonical layout."""
    first = form(parse(SourceFile("random.arch", text))[0])
    again = form(parse(SourceFile("random.arch", first))[0])
    need(first == again, f"fmt changes its own layout:\n{first}\n{again}")
    need(ir_of(first) == wanted, "fmt changes the IR")
    need(text.count("#") == first.count("#"), "fmt loses a comment")


def check_yaml(text: str, wanted: str) -> None:
    """To YAML and back."""
    yaml, wrong = convert(SourceFile("random.arch", text), "yaml")
    need(not wrong, f"no YAML of it: {[d.message for d in wrong]}\n{text}")
    need(ir_of(yaml, ".yaml") == wanted, f"YAML changes the IR:\n{text}\n{yaml}")
    back, wrong = convert(SourceFile("random.yaml", yaml), "arch")
    need(not wrong, f"no way back: {[d.message for d in wrong]}\n{yaml}")
    need(ir_of(back) == wanted, f"YAML and back changes the IR:\n{text}\n{yaml}\n{back}")
