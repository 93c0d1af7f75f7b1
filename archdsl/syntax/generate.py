"""Makes `_tables.py` from `grammar/archdsl.lark`: Lark computes the LALR tables, once.

Run `python -m archdsl.syntax.generate` after editing the grammar (`--check` only compares).
Lark itself is not needed to compile a spec: importing it costs more than parsing VGG.
"""

from __future__ import annotations

import pprint
import sys
from pathlib import Path

STARTS = ("file", "line", "expr")
HERE = Path(__file__).resolve().parent
GRAMMAR = HERE.parent.parent / "grammar" / "archdsl.lark"
TABLES = HERE / "_tables.py"


def generate() -> str:
    """The text of `_tables.py`."""
    from lark import Lark
    from lark.lexer import PatternRE, PatternStr

    parser = Lark(
        GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        start=list(STARTS),
        keep_all_tokens=True,
        maybe_placeholders=False,
    )
    table = parser.parser.parser._parse_table
    terminals = {t.name: t.pattern for t in parser.terminals}
    keywords = {
        p.value: n for n, p in terminals.items() if isinstance(p, PatternStr) and p.value.isalpha()
    }
    signs = {
        p.value: n
        for n, p in terminals.items()
        if isinstance(p, PatternStr) and not p.value.isalpha()
    }
    patterns = {n: p.value for n, p in terminals.items() if isinstance(p, PatternRE)}
    return render(table, keywords, signs, patterns)


def render(table: object, keywords: object, signs: object, patterns: object) -> str:
    """Tables as Python literals: each state maps a symbol to a shift (state) or reduce (~rule)."""
    order = number_states(table)
    rules: dict[object, int] = {}
    rows: list[tuple[str, int, str]] = []
    states: list[dict[str, int]] = []
    for old in order:
        row: dict[str, int] = {}
        for symbol, (action, arg) in sorted(table.states[old].items()):  # type: ignore[attr-defined]
            if action.name == "Shift":
                row[symbol] = order[arg]
                continue
            if arg not in rules:
                rules[arg] = len(rows)
                rows.append((str(arg.origin.name), len(arg.expansion), arg.alias or ""))
            row[symbol] = ~rules[arg]
        states.append(row)
    rows_of = [(tuple(row), tuple(row.values())) for row in states]
    pieces = {
        "KEYWORDS": keywords,
        "SIGNS": signs,
        "PATTERNS": patterns,
        "STARTS": {k: order[v] for k, v in table.start_states.items()},  # type: ignore[attr-defined]
        "ENDS": {k: order[v] for k, v in table.end_states.items()},  # type: ignore[attr-defined]
        "RULES": rows,
        "ROWS": tuple(rows_of),
    }
    out = [
        '"""Parse tables, made from the grammar by archdsl.syntax.generate; do not edit."""',
        "",
        "# fmt: off",
    ]
    kinds = {
        "RULES": "list[tuple[str, int, str]]",
        "ROWS": "tuple[tuple[tuple[str, ...], tuple[int, ...]], ...]",
    }
    for name, value in pieces.items():
        default = "dict[str, int]" if name in ("STARTS", "ENDS") else "dict[str, str]"
        text = pprint.pformat(value, width=98, compact=True, sort_dicts=True)
        out.append(f"{name}: {kinds.get(name, default)} = {text}")
    return "\n".join(out) + "\n"


def number_states(table: object) -> dict[int, int]:
    """New numbers by breadth-first search: Lark's own depend on the hash seed."""
    order = {state: i for i, (_, state) in enumerate(sorted(table.start_states.items()))}  # type: ignore[attr-defined]
    queue = list(order)
    for state in queue:
        for _, (action, arg) in sorted(table.states[state].items()):  # type: ignore[attr-defined]
            if action.name == "Shift" and arg not in order:
                order[arg] = len(order)
                queue.append(arg)
    return order


def main(argv: list[str]) -> int:
    """Writes the tables, or with `--check` says whether they are up to date."""
    text = generate()
    if "--check" in argv:
        same = TABLES.read_text(encoding="utf-8") == text
        print("tables are up to date" if same else "tables differ: run archdsl.syntax.generate")
        return 0 if same else 1
    TABLES.write_text(text, encoding="utf-8")
    print(f"wrote {TABLES.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
