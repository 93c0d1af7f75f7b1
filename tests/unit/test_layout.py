"""Long statements of the generated source are broken where `ruff format` would break them."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

import archdsl
from archdsl.backends.torch.layout import WIDTH, lay_out

MAPS = " + ".join(f"x{i}[:, :, None, None, None]" for i in range(2, 5))
MANY = " + ".join(f"x{i}" for i in range(1, 15))
STATEMENTS = {
    "a mean of maps": f"return (x1 + {MAPS}) / 4",
    "a mean that a norm reads": f"return self.bn3((x1 + {MAPS}) / 4)",
    "a mean of many": f"x = ({MANY}) / 14",
    "a mean of many that a norm reads": f"x = self.bn3(({MANY}) / 14)",
    "a sum of maps": f"x = x1 + {MAPS} + x5",
    "a sum that a norm reads": f"x = self.bn3(x1 + {MAPS} + x5)",
}


@pytest.mark.parametrize("code", STATEMENTS.values(), ids=STATEMENTS)
def test_statements_keep_their_meaning_and_the_formatter_keeps_them(code: str) -> None:
    lines = lay_out(code, 8)
    assert len(lines) > 1
    assert all(len(line) <= WIDTH for line in lines)
    text = "class A:\n    def f(self):\n" + "\n".join(lines) + "\n"
    flat = f"class A:\n    def f(self):\n        {code}\n"
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(flat))
    words = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=True)
    assert done.stdout == text


def test_a_mean_of_many_branches_is_written() -> None:
    branches = " | ".join(["FC-8"] * 30)
    text = archdsl.loads(f"input 8\nmean(norm=bn)[ {branches} ], relu\nmean[ {branches} ]").source()
    ast.parse(text)
    assert max(map(len, text.splitlines())) <= WIDTH
