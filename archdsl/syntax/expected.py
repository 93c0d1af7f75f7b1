"""Words for a token that stands where it cannot: what was expected, and what was meant."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic, Label
from archdsl.source import Span
from archdsl.syntax._tables import KEYWORDS, SIGNS
from archdsl.syntax.lexer import Lexer, Token

SIGN_OF = {name: sign for sign, name in SIGNS.items()}
WORD_OF = {name: word for word, name in KEYWORDS.items()}
STEP = frozenset(("NAME", "REF", "LBRACE", "IF", "FOR"))
EXPRESSION = frozenset(("NAME", "INT", "LPAR", "REF", "LSQB"))


def describe(
    token: Token, accepts: dict[str, int], lexer: Lexer, values: list[object]
) -> Diagnostic:
    """The diagnostic for `token` in a state that takes `accepts`."""
    file = lexer.file
    where = Span(file, token.start, max(token.end, token.start))
    terminals = frozenset(t for t in accepts if t.isupper() or t == "$END")
    unclosed = find_unclosed(token, terminals, lexer)
    if unclosed is not None:
        sign, at = unclosed
        close = {"(": ")", "[": "]", "{": "}"}[sign]
        shown = "the text ends" if token.type == "$END" else f"found {show(token)}"
        return Diagnostic(
            "unclosed-bracket",
            f"`{sign}` is never closed",
            Label(Span(file, at, at + 1), f"this `{sign}` is open"),
            (Label(where, f"{shown} before `{close}`"),),
            help=f"write `{close}` where the {NAMES_OF[sign]} ends",
        )
    particular = find_particular(token, terminals, line_before(token, lexer))
    if particular is not None:
        id, message, help = particular
        return Diagnostic(id, message, Label(where), help=help)
    wanted = summarize(terminals)
    found = "the end of the cell" if lexer.cell and token.type == "$END" else show(token)
    return Diagnostic(
        "syntax",
        f"expected {wanted}, found {found}",
        Label(where, f"expected {wanted}" if len(wanted) < 50 else ""),
    )


NAMES_OF = {"(": "argument list", "[": "list of branches", "{": "body"}


def show(token: Token) -> str:
    """A token for a message."""
    if token.type == "$END":
        return "the end of the text"
    if token.type == "NL":
        return "the end of the line"
    text = token.text if len(token.text) <= 40 else token.text[:37] + "..."
    return f"`{text}`"


def find_unclosed(token: Token, terminals: frozenset[str], lexer: Lexer) -> tuple[str, int] | None:
    """The open bracket to blame: the token begins a new line or ends the text inside it."""
    brackets = lexer.brackets
    if token.text in ("(", "[", "{") and brackets and brackets[-1][1] == token.start:
        brackets = brackets[:-1]
    if not brackets:
        return None
    sign, at = brackets[-1]
    if token.type == "$END":
        return sign, at
    keyword = token.text in KEYWORDS and token.text not in ("if", "else", "for", "in", "then")
    line_before = lexer.file.text.rfind("\n", at, token.start) >= 0
    begins_line = not lexer.file.text[
        lexer.file.text.rfind("\n", 0, token.start) + 1 : token.start
    ].strip()
    if sign == "(" and line_before and begins_line:
        return sign, at
    if sign == "[" and line_before and begins_line and keyword:
        return sign, at
    return None


COMPARES = re.compile(r"^\s*let\b.*=|\bif\b|^\s*expect\b")


def line_before(token: Token, lexer: Lexer) -> str:
    """The text of the line up to the token."""
    text = lexer.file.text
    return text[max(text.rfind("\n", 0, token.start) + 1, token.start - 1000) : token.start]


def find_particular(
    token: Token, terminals: frozenset[str], before: str
) -> tuple[str, str, str] | None:
    """Mistakes that people make, with what to write instead: (id, message, help)."""
    kind, text = token.type, token.text
    if kind == "EQUAL" and "NL" in terminals and COMPARES.search(before):
        return "syntax", "`=` compares nothing", "write `==` for equal"
    if kind == "EQUAL" and "NL" in terminals:
        return "syntax", "`=` does not name a tensor", "a label is written `name: conv3-64`"
    if kind == "COLON" and terminals >= {"RSQB", "STAR"}:
        return "syntax", "lists have no slices", "write the elements that are meant: `[a[0], a[1]]`"
    if kind in ("STAR", "STARSTAR") and "NL" in terminals and "COMMA" in terminals:
        return (
            "syntax",
            f"{show(token)} cannot follow a layer",
            "a repeat is written `conv3-64 x4`, a computed number in brackets: `conv3-(64*2)`",
        )
    if kind == "COLON" and "NL" in terminals:
        return (
            "label-inside-line",
            "a label inside a line",
            "a label begins its line and names the last tensor of it",
        )
    if kind == "DIMS" and "NL" in terminals:
        return "syntax", f"{show(token)} cannot follow a layer", "write a comma between two steps"
    if (
        kind in ("NAME", "REF", "LBRACE", "INT", "REAL")
        and "NL" in terminals
        and "COMMA" in terminals
    ):
        return (
            "syntax",
            f"nothing stands between {show(token)} and the step before it",
            "write a comma or a new line between two steps, and a label at the start of its line",
        )
    if (text in KEYWORDS or kind == "X") and "NAME" in terminals:
        return "reserved-word", f"`{text}` is a word of the language", "choose another name"
    if kind == "PIPE" and "NL" in terminals:
        return (
            "syntax",
            "`|` outside of brackets",
            "branches stand in a join, `concat[ a | b ]`; in a table's cell write `\\|`",
        )
    if kind == "LPAR" and terminals >= STEP:
        return (
            "syntax",
            "layers are not grouped by `( )`",
            "write `{ … }`, as in `{ conv3-64, relu } x3`",
        )
    if kind == "COMMA" and terminals >= STEP:
        return "syntax", "a comma with no layer before it", "take it away"
    if kind in ("PIPE", "RSQB") and terminals >= STEP:
        return "empty-branch", "a branch with nothing in it", "write `identity` for a plain copy"
    if kind in ("LSQB",) and "LBRACE" in terminals and "NL" not in terminals:
        return None
    if kind in ("INT", "DIMS") and terminals >= STEP:
        return (
            "syntax",
            f"a layer does not begin with a number, {show(token)}",
            "a repeat stands behind what it repeats: `conv3-64 x3`, `{ conv3-64, relu } x3`",
        )
    if kind == "XDIMS" and terminals >= STEP:
        return "syntax", f"{show(token)} has nothing to repeat", "write it after a layer or a group"
    return None


def summarize(terminals: frozenset[str]) -> str:
    """What may stand here, in a few words."""
    rest = set(terminals)
    found: list[str] = []
    if "LET" in rest:
        return "a layer or a statement"
    if rest >= STEP:
        found.append("a layer")
        rest -= STEP | {"LABEL"}
    elif rest >= EXPRESSION:
        found.append("a value")
        rest = {t for t in rest if t in ("RPAR", "RSQB")}
    elif {"INT", "LPAR", "NAME"} <= rest:
        found.append("a number, a name or `( … )`")
        rest -= {"INT", "REAL", "DIMS", "LPAR", "NAME", "MINUS"}
    operators = {"STAR", "SLASH", "PLUS", "MINUS"}
    if operators <= rest:
        rest = {t for t in rest if t in ("COMMA", "RPAR", "RSQB", "LBRACE", "NL", "ELSE")}
        found.append("an operator")
    words = {
        "NAME": "a name",
        "NETNAME": "a network's name",
        "LABEL": "a name and `:`",
        "NL": "a new line",
        "$END": "the end",
        "INT": "a number",
        "REF": "`@name`",
        "STRING": "a string",
    }
    skip = {"REAL", "DIMS", "ROW", "NETLABEL", "X", "XDIMS", "DOT", "SHARED"}
    for t in sorted(rest - skip):
        word = words.get(t) or (
            f"`{SIGN_OF[t]}`" if t in SIGN_OF else f"`{WORD_OF.get(t, t.lower())}`"
        )
        if word not in found:
            found.append(word)
    if len(found) > 6:
        found = [*found[:6], "…"]
    if len(found) < 2:
        return found[0] if found else "nothing more"
    return ", ".join(found[:-1]) + " or " + found[-1]
