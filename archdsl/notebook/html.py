"""Networks and errors as HTML for notebooks: no script, all text escaped, light and dark."""

from __future__ import annotations

import re
from base64 import b64encode
from html import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.diagnostics.model import Diagnostic
    from archdsl.net import Net, Nets

# Jupyter and VS Code say their theme on the body; elsewhere the system's preference counts.
STYLE = """
.archdsl { --line: #8886; --soft: #8882; font: 13px/1.5 system-ui, sans-serif; color: inherit }
.archdsl .head b { font-size: 1.2em; margin-right: .8em }
.archdsl .head span { opacity: .75; margin-right: 1.2em; font-variant-numeric: tabular-nums }
.archdsl details { border-top: 1px solid var(--line); padding: .3em 0 }
.archdsl summary { cursor: pointer; opacity: .85 }
.archdsl .view { max-height: 36em; overflow: auto; padding: .5em 0 }
.archdsl .view img { max-width: none; margin: 0 } .archdsl .view .dark { display: none }
.archdsl table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: 0;
  color: inherit; border: 0 }
.archdsl th, .archdsl td { padding: .1em .7em; text-align: right; white-space: nowrap;
  border: 0; background: none; color: inherit }
.archdsl th.text, .archdsl td.text { text-align: left }
.archdsl thead th, .archdsl tfoot td { border: solid var(--line); border-width: 1px 0 }
.archdsl tfoot td { font-weight: bold } .archdsl tbody tr:hover { background: var(--soft) }
.archdsl code { font: .95em ui-monospace, monospace; background: none; color: inherit; padding: 0 }
pre.archdsl { font: 13px/1.35 ui-monospace, monospace; overflow: auto }
.archdsl .c31 { color: #c5221f } .archdsl .c32 { color: #188038 }
.archdsl .c33 { color: #b06000 } .archdsl .c34 { color: #1967d2 } .archdsl .b { font-weight: bold }
"""
DARK = """
{0} .archdsl .view .dark {{ display: inline }} {0} .archdsl .view .light {{ display: none }}
{0} .archdsl .c31 {{ color: #ff8a80 }} {0} .archdsl .c32 {{ color: #81c995 }}
{0} .archdsl .c33 {{ color: #fdd663 }} {0} .archdsl .c34 {{ color: #8ab4f8 }}
"""
ROOTS = ('body[data-jp-theme-light="false"]', "body.vscode-dark", 'html[data-theme="dark"]')
SYSTEM = "body:not([data-jp-theme-light]):not(.vscode-light):not(.vscode-dark)"
CODES = re.compile("\x1b\\[([0-9;]*)m")
MOST_SHOWN = 24  # networks with a section of their own


def style() -> str:
    """The style sheet; it touches nothing outside of what it is for."""
    system = "@media (prefers-color-scheme: dark) {" + DARK.format(SYSTEM) + "}"
    return f"<style>{STYLE}{''.join(DARK.format(root) for root in ROOTS)}{system}</style>"


def net_html(net: Net) -> str:
    """A network: its figures, its diagram, and a table of its layers to unfold."""
    return f'{style()}<div class="archdsl">{_head(net)}{_picture(net, True)}{_layers(net)}</div>'


def nets_html(nets: Nets) -> str:
    """Networks side by side in a table; each unfolds to its diagram and layers."""
    from archdsl.backends.report import build
    from archdsl.backends.report.html_form import table_html
    from archdsl.backends.report.tables import make_sections

    (section,) = make_sections(build([net.ir for net in nets], "network"))
    parts = [table_html(section.table)]
    for net in list(nets)[:MOST_SHOWN]:
        inside = _picture(net, False) + _layers(net)
        parts.append(f"<details><summary>{escape(net.name)}</summary>{inside}</details>")
    return f'{style()}<div class="archdsl">{"".join(parts)}</div>'


def errors_html(diagnostics: list[Diagnostic]) -> str:
    """Mistakes with their lines and carets, in colour."""
    from archdsl.diagnostics.render import render_all

    text = render_all(diagnostics, color=True)
    return f'{style()}<pre class="archdsl">{from_terminal(text)}</pre>'


def from_terminal(text: str) -> str:
    """Text with a terminal's colours as HTML."""
    parts = CODES.split(text)
    out = [escape(parts[0])]
    for codes, piece in zip(parts[1::2], parts[2::2], strict=True):
        names = ["b" if code == "1" else f"c{code}" for code in codes.split(";") if code != "0"]
        shown = escape(piece)
        out.append(f'<span class="{" ".join(names)}">{shown}</span>' if names else shown)
    return "".join(out)


def _head(net: Net) -> str:
    ins = ", ".join("×".join(map(str, s)) for s in net.inputs.values())
    outs = ", ".join("×".join(map(str, s)) for s in net.outputs.values())
    facts = (
        f"{ins} → {outs}",
        f"{net.params:,} parameters",
        f"{net.macs:,} MACs",
        f"{net.cost.layers:,} layers",
    )
    spans = "".join(f"<span>{escape(fact)}</span>" for fact in facts)
    doc = net.ir.doc.split("\n")[0]
    note = f'<div class="doc">{escape(doc)}</div>' if doc else ""
    return f'<div class="head"><b>{escape(net.name)}</b>{spans}{note}</div>'


def _picture(net: Net, is_open: bool) -> str:
    """The diagram for light and dark pages; a sentence where it would be too large."""
    from archdsl.backends.dot.errors import RenderError

    try:
        images = [_image(net, theme) for theme in ("light", "dark")]
    except RenderError as problem:
        images = [f"<p>{escape(str(problem))}</p>"]
    shown = " open" if is_open else ""
    return (
        f'<details{shown}><summary>diagram</summary><div class="view">{"".join(images)}</div>'
        "</details>"
    )


def _image(net: Net, theme: str) -> str:
    data = b64encode(net.svg(theme=theme).encode()).decode()
    alt = escape(f"diagram of {net.name}", quote=True)
    return f'<img class="{theme}" alt="{alt}" src="data:image/svg+xml;base64,{data}">'


def _layers(net: Net) -> str:
    from archdsl.backends.report import TooLarge, build
    from archdsl.backends.report.html_form import table_html
    from archdsl.backends.report.tables import make_sections

    try:
        (section,) = make_sections(build([net.ir]))
        table = table_html(section.table)
    except TooLarge as problem:
        table = f"<p>{escape(problem.message)}</p>"
    return f'<details><summary>layers</summary><div class="view">{table}</div></details>'
