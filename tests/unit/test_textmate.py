"""The TextMate grammar knows every word of the compiler, as it is now."""

from __future__ import annotations

import json
import re

from archdsl.ops.base import Kind
from archdsl.syntax._tables import KEYWORDS
from tools.generate_textmate import TARGET, main, words


def test_it_is_up_to_date() -> None:
    assert main(["--check"]) == 0


def test_every_kind_is_in_it() -> None:
    patterns = [rule["match"] for rule in json.loads(TARGET.read_text("utf-8"))["patterns"]]
    for kind in set(Kind.registry.values()):
        for name in kind.names:
            assert any(name in re.split(r"[|()]", p) for p in patterns), name


def test_every_keyword_is_in_it() -> None:
    text = TARGET.read_text("utf-8")
    assert words()
    assert [w for w in KEYWORDS if not re.search(rf"\b{w}\b", text)] == []
