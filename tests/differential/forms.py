"""The other forms of a spec say the same: its canonical layout, and YAML."""

from __future__ import annotations

from archdsl.diagnostics.render import render_all
from archdsl.ir.model import Design, Network
from archdsl.ir.text import render
from archdsl.pipeline import compile_text
from archdsl.source import SourceFile
from archdsl.syntax.format import render as form
from archdsl.syntax.parse import parse
from archdsl.syntax.yaml.convert import arch_text, to_yaml
from tests.differential.agree import Mismatch, need


def check(text: str, network: Network) -> None:
    """`fmt` is idempotent and keeps comments; YAML of that goes back, and means the network.

    The network is that of the text, so neither the layout nor YAML changes what it means.
    """
    wanted = render(Design("random", (network,)))
    laid_out = form(parse(SourceFile("random.arch", text))[0])
    again = form(parse(SourceFile("random.arch", laid_out))[0])
    need(laid_out == again, f"fmt changes its own layout:\n{laid_out}\n{again}")
    need(text.count("#") == laid_out.count("#"), "fmt loses a comment")
    yaml = to_yaml(laid_out)
    found = ir_of(yaml, ".yaml")
    if found != wanted:
        need(ir_of(laid_out, ".arch") == wanted, f"fmt changes the IR:\n{laid_out}")
        raise Mismatch(f"YAML changes the IR:\n{laid_out}\n{yaml}")
    back = arch_text(SourceFile("random.yaml", yaml))
    need(back == laid_out, f"YAML and back is another text:\n{laid_out}\n{yaml}\n{back}")


def ir_of(text: str, suffix: str) -> str:
    """The IR as text; Mismatch where the text is refused."""
    design, wrong = compile_text(SourceFile(f"random{suffix}", text))
    if design is None:
        raise Mismatch(f"refused as {suffix}: {render_all(wrong)}\n{text}")
    return render(design)
