"""LaTeX of reports and tables: a real `pdflatex` sets them, and they fit on its page."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from archdsl.backends.latex import breakable, escape
from archdsl.backends.report import build, render
from archdsl.backends.table import build as build_table
from archdsl.backends.table import render as render_table
from archdsl.ir.model import Network
from tests.unit.figures import family
from tests.unit.test_table import check_latex

HEAD = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{booktabs,longtable}
\begin{document}
"""
HOSTILE = "\\input{x}$&%#_^~{}\\end{document}|<\"[2pt]`'ß×→…¹\x1b"
TOO_WIDE = {"reports": 5.0, "tables": 110.0, "hostile": 200.0}
"""Points beyond the 345 of `article`; ResNet's five columns have room across two columns, and
names are never cut."""

REPORTS = (
    ("vgg", "VGG-E", "layer"), ("resnet", "ResNet-50", "block"),
    ("googlenet", "GoogLeNet", "stage"),
    ("efficientnet", "EfficientNet-B0", "block"), ("inception", "Inception-v3", "layer"),
    ("vit", "ViT-B16", "stage"), ("mobilenet", "MobileNetV3-Large", "network"),
)  # fmt: skip


def reports() -> list[str]:
    """Reports of many shapes, with memory and without."""
    made = [
        render(build(family(spec)[name], by, batch=batch), "latex")
        for spec, name, by in REPORTS
        for batch in (1, 64)
    ]
    many = [n for spec in ("vgg", "resnet", "lenet") for n in family(spec).values()]
    return [*made, render(build(many, "network"), "latex")]


def tables() -> list[str]:
    """Tables of families."""
    specs = ("vgg", "resnet", "googlenet", "lenet", "unet")
    return [render_table(build_table(list(family(spec).values())), "tex") for spec in specs]


def hostile() -> list[str]:
    """A report and a table of a network whose name and description are markup."""
    module = next(iter(family("lenet").values())).module
    network = Network(HOSTILE, module, HOSTILE)
    table = render_table(build_table([network], [HOSTILE]), "tex")
    return [render(build(network, "block"), "latex"), table]


def test_rows_have_the_cells_of_their_tables() -> None:
    for text in [*reports(), hostile()[0]]:
        plain = re.sub(r"\\[\\{}$&#%_]", "", text)
        assert plain.count("{") == plain.count("}")
        assert plain.count("$") % 2 == 0
        table = text.split(r"\endhead")[1].split(r"\bottomrule")[0]
        head = next(line for line in text.splitlines() if " & " in line)
        for line in table.splitlines():
            if line.endswith(r"\\"):
                assert line.count(" & ") == head.count(" & "), line
    for text in [*tables(), hostile()[1]]:
        check_latex(text)


def test_text_stays_text() -> None:
    assert all("\\input" not in text for text in hostile())
    assert all("\\end{document}" not in text for text in hostile())
    assert escape("a_b {c}") == r"a\_b \{c\}"
    assert breakable("a_b, c") == r"a\_\allowbreak{}b, c"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex (texlive-latex-base)")
@pytest.mark.parametrize("what", ["reports", "tables", "hostile"])
def test_latex_sets_it_and_it_fits(what: str, tmp_path: Path) -> None:
    texts = {"reports": reports, "tables": tables, "hostile": hostile}[what]()
    body = "\n\n\\clearpage\n\n".join(texts)
    (tmp_path / "it.tex").write_text(f"{HEAD}{body}\n\\end{{document}}\n", encoding="utf-8")
    command = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "it"]
    for _ in range(2):  # longtable knows its widths at the second time
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=120)
        log = done.stdout.decode(errors="replace")
        assert done.returncode == 0, log[-2000:]
    excess = [float(n) for n in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log)]
    assert max(excess, default=0.0) <= TOO_WIDE[what], re.findall(r"Overfull.*", log)
    assert b"Missing character" not in (tmp_path / "it.log").read_bytes()
