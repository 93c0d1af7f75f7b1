"""Writes the TextMate grammar of the VS Code extension from the compiler's own words.

python -m tools.generate_textmate            writes it
python -m tools.generate_textmate --check    exits 1 where it is out of date
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import archdsl.ops  # noqa: F401  (fills the registry of kinds)
from archdsl.elaborate.functions import FUNCTIONS
from archdsl.ops.base import Kind
from archdsl.syntax._tables import KEYWORDS
from archdsl.tensor import LAYOUTS

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "editors" / "vscode" / "syntaxes" / "arch.tmLanguage.json"
NAME = "[A-Za-z_][A-Za-z_0-9]*"
NETWORK = f"{NAME}(?:-[A-Za-z0-9_]+)*"
CONSTANTS = ("true", "false", "none")
HEADS = ("network", "block", "let", "use", "input", "default", "expect", "output", "train")


def kind_words() -> str:
    """Every name of every kind, the longest first, hyphens as one may write them."""
    names = {name for kind in Kind.registry.values() for name in kind.names}
    names |= {"soft-max", "max-pool", "avg-pool", "drop-out", "batch-norm", "layer-norm"}
    known = sorted((n for n in names if Kind.lookup(n)), key=lambda n: (-len(n), n))
    return "|".join(re.escape(n).replace("\\-", "-") for n in known)


def rule(name: str, match: str, **captures: str) -> dict[str, object]:
    """A pattern; `c1`, `c2` … name its captures."""
    made: dict[str, object] = {"match": match}
    if name:
        made["name"] = name
    if captures:
        made["captures"] = {n[1:]: {"name": scope} for n, scope in captures.items()}
    return made


def statements() -> list[dict[str, object]]:
    """What stands at the start of a line."""
    keyword = "keyword.control.arch"
    return [
        rule("", rf"^\s*(network)\s+({NETWORK})", c1=keyword, c2="entity.name.type.class.arch"),
        rule(
            "", rf"^\s*(block)\s+({NAME})(?=\s*[({{])", c1=keyword, c2="entity.name.function.arch"
        ),
        rule(
            "",
            rf"^\s*(let)\s+({NAME})\s*(=)",
            c1=keyword,
            c2="variable.other.constant.arch",
            c3="keyword.operator.arch",
        ),
        rule("", rf"^\s*(use)\s+({NAME}(?:/{NAME})+)", c1=keyword, c2="entity.name.namespace.arch"),
        rule(
            "", rf"^\s*(expect)\s+({NETWORK})(?=\s*:)", c1=keyword, c2="entity.name.type.class.arch"
        ),
        rule(
            "",
            rf"^\s*(input)(?:\s+({NAME})(?=\s*:))?(?:\s*:)?(?:\s+({'|'.join(LAYOUTS)})\b)?",
            c1=keyword,
            c2="entity.name.label.arch",
            c3="storage.type.arch",
        ),
        rule(keyword, r"^\s*train(?=\s*\{)"),
        rule(keyword, rf"^\s*(?:{'|'.join(h for h in HEADS if h in KEYWORDS)})\b"),
        rule(
            "",
            rf"(?:^|(?<=[|{{\[])|(?<=output)|(?<=\)))\s*({NAME})(?=\s*(?:\[[^\]\n]*\]\s*)?:)",
            c1="entity.name.label.arch",
        ),
    ]


def words() -> list[dict[str, object]]:
    """Names, numbers and signs anywhere."""
    keywords = "|".join(w for w in KEYWORDS if w not in CONSTANTS and w not in HEADS)
    return [
        rule("variable.other.reference.arch", rf"@{NAME}"),
        rule(
            "",
            rf"(?<=[(,{{\n])\s*({NAME})\s*(=)(?!=)",
            c1="variable.parameter.arch",
            c2="keyword.operator.arch",
        ),
        rule("constant.language.arch", rf"(?<![\w@.-])(?:{'|'.join(CONSTANTS)})\b"),
        rule("keyword.control.arch", rf"(?<![\w@.])(?:{keywords})\b"),
        rule(
            "",
            rf"(?<![\w@.])(?i:({kind_words()}))([0-9]+(?:[x×][0-9]+)*)?(?![A-Za-z_0-9])",
            c1="support.type.layer.arch",
            c2="constant.numeric.arch",
        ),
        rule("support.function.arch", rf"(?<![\w@.])(?:{'|'.join(sorted(FUNCTIONS))})(?=\()"),
        rule("entity.name.function.call.arch", rf"(?<![\w@.]){NAME}(?=\()"),
        rule("constant.numeric.arch", r"(?<![A-Za-z_])[0-9][0-9_]*(?:[x×][0-9]+)+"),
        rule(
            "constant.numeric.arch",
            r"(?<![A-Za-z_])[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?[KMGT]?\b",
        ),
        rule("keyword.operator.repeat.arch", r"(?<=[\s)}\]])[x×](?=[0-9(\s])[0-9]*"),
        rule("keyword.operator.arch", r"\.\.|\*\*|//|==|!=|<=|>=|[-+*/%<>=~]"),
        rule("punctuation.separator.arch", r"[|,:]"),
    ]


def grammar() -> dict[str, object]:
    """The whole grammar."""
    return {
        "$schema": "https://raw.githubusercontent.com/martinring/tmlanguage/master/tmlanguage.json",
        "information_for_contributors": "Made by `python -m tools.generate_textmate`.",
        "name": "archdsl",
        "scopeName": "source.arch",
        "patterns": [
            rule("comment.line.documentation.arch", r"##.*$"),
            rule("comment.line.number-sign.arch", r"#.*$"),
            rule("string.quoted.double.arch", r'"[^"\\\n]*"'),
            rule("punctuation.separator.table.arch", r"^\s*\|(?:\s*:?-+:?\s*\|)+"),
            *statements(),
            *words(),
        ],
    }


def main(arguments: list[str]) -> int:
    """Writes the grammar, or says whether it is up to date."""
    text = json.dumps(grammar(), indent=2, ensure_ascii=False) + "\n"
    if "--check" in arguments:
        if TARGET.read_text(encoding="utf-8") == text:
            return 0
        print(f"{TARGET.relative_to(ROOT)} is out of date: python -m tools.generate_textmate")
        return 1
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
