"""Words for a token that stands where it cannot: what was expected, and what was meant."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Diagnostic, Fix, Label
from archdsl.source import Span
from archdsl.syntax._tables import KEYWORDS, SIGNS
from archdsl.syntax.habits import find_habit
from archdsl.syntax.indents import Forgotten, find_forgotten
from archdsl.syntax.lexer import Lexer, Token
from archdsl.syntax.mistakes import STEP, Place, end_before, find_mistake
from archdsl.syntax.notation import find_notation
from archdsl.syntax.recover import end_of_bracket, strip_comment

SIGN_OF = {name: sign for sign, name in SIGNS.items()}
WORD_OF = {name: word for word, name in KEYWORDS.items()}
EXPRESSION = frozenset(("NAME", "INT", "LPAR", "REF", "LSQB"))


def describe(token: Token, accepts: dict[str, int], lexer: Lexer) -> Diagnostic:
    """The diagnostic for `token` in a state that takes `accepts`."""
    terminals = frozenset(t for t in accepts if t.isupper() or t == "$END")
    unclosed = find_unclosed(token, accepts, lexer)
    if unclosed is not None:
        return never_closed(token, *unclosed, lexer)
    where = Span(lexer.file, token.start, max(token.end, token.start))
    place = Place(token, terminals, lexer, show(token))
    found = find_notation(place) or find_habit(place) or find_mistake(place)
    if found is not None:
        return Diagnostic(found.id, found.message, Label(where), help=found.help, fix=found.fix)
    wanted = summarize(terminals - closing(token, lexer))
    shown = "the end of the cell" if lexer.cell and token.type == "$END" else show(token)
    return Diagnostic(
        "syntax",
        f"expected {wanted}, found {shown}",
        Label(where, f"expected {wanted}" if len(wanted) < 50 else ""),
    )


def closing(token: Token, lexer: Lexer) -> set[str]:
    """Terminals that close what is not open: the table has them, as it knows no brackets."""
    around = [sign for sign, at in lexer.brackets if at != token.start]
    inner = around[-1] if around else ""
    out = {"RPAR", "RSQB", "PIPE", "RBRACE", "$END"}
    return out - {"(": {"RPAR"}, "[": {"RSQB", "PIPE"}, "{": {"RBRACE"}}.get(inner, {"$END"})


def never_closed(token: Token, sign: str, at: int, lexer: Lexer) -> Diagnostic:
    """A bracket that is still open where something stands that cannot be inside it."""
    file = lexer.file
    close = CLOSE_OF[sign]
    forgotten = find_forgotten(file.text, at, token.start) if sign == "{" else None
    if forgotten is not None:
        return forgotten_brace(forgotten, lexer)
    values = sign == "[" and token.type in ("LBRACE", "NL")  # no branches
    shown = "the text ends" if token.type == "$END" else f"found {show(token)}"
    return Diagnostic(
        "unclosed-bracket",
        f"`{sign}` is never closed",
        Label(Span(file, at, at + 1), f"this `{sign}` is open"),
        (Label(Span(file, token.start, token.end), f"{shown} before `{close}`"),),
        help=f"write `{close}` where the {'list' if values else NAMES_OF[sign]} ends",
        fix=close_before(token, sign, at, lexer),
    )


def forgotten_brace(found: Forgotten, lexer: Lexer) -> Diagnostic:
    """A brace whose body the indentation ends, with a later `}` that closes it."""
    file = lexer.file
    end = max(found.at + 1, end_before(found.line, lexer))
    one_line = "\n" not in file.text[found.at : end]
    text = " }" if one_line else f"\n{found.indent}}}"
    first = len(file.text[found.line :]) - len(file.text[found.line :].lstrip(" \t"))
    behind = found.line + first
    return Diagnostic(
        "unclosed-bracket",
        "`{` is never closed",
        Label(Span(file, found.at, found.at + 1), "this `{` is open"),
        (Label(Span(file, behind, behind + 1), "stands behind its body, as it is indented"),),
        help="write `}` where the body ends",
        fix=Fix(Span(file, end, end), text, "close it with `}`"),
    )


def close_before(token: Token, sign: str, at: int, lexer: Lexer) -> Fix:
    """The fix that closes a bracket behind the last word before a token."""
    file = lexer.file
    end = max(at + 1, end_before(token.start, lexer))
    if sign != "{":
        end = min(end, end_of_bracket(file.text, at, token.start))
    line, _ = file.line_col(at)
    one_line = file.line_col(end)[0] == line
    branches = " ]" if " " in file.text[at + 1 : at + 2] else "]"
    text = {"(": ")", "[": branches, "{": " }" if one_line else "\n}"}[sign]
    if sign == "{" and not one_line:
        indent = file.line_text(line)
        text = "\n" + indent[: len(indent) - len(indent.lstrip())] + "}"
    rest = file.text[at + 1 :].split("\n", 1)[0]
    within = sign == "{" and strip_comment(rest).strip()  # of its line: any step may be its last
    safety = "guess" if within else "sure"
    if sign == "(":
        chain = end_of_arguments(file.text[at + 1 : end])
        if chain is not None:
            end, safety = at + 1 + chain, "guess"
    elif sign == "[" and "[" in file.text[at + 1 : end]:
        safety = "guess"  # the branches of which of the two end here
    return Fix(Span(file, end, end), text, f"close it with `{CLOSE_OF[sign]}`", safety=safety)


def end_of_arguments(inside: str) -> int | None:
    """Where the arguments in `stride=2, relu, maxpool` end: before the first step of a chain."""
    from archdsl.ops.base import Kind

    at, named = 0, False
    for part in inside.split(","):
        word = re.match(r"\s*([A-Za-z_]+)", part)
        step = word is not None and "=" not in part and (named or Kind.lookup(word[1]) is not None)
        if at and step:
            return at - 1
        named = named or "=" in part
        at += len(part) + 1
    return None


CLOSE_OF = {"(": ")", "[": "]", "{": "}"}
NAMES_OF = {"(": "argument list", "[": "list of branches", "{": "body"}


def show(token: Token) -> str:
    """A token for a message."""
    if token.type == "$END":
        return "the end of the text"
    if token.type == "NL":
        return "the end of the line"
    text = token.text if len(token.text) <= 40 else token.text[:37] + "..."
    return f"`{text}`"


def find_unclosed(token: Token, accepts: dict[str, int], lexer: Lexer) -> tuple[str, int] | None:
    """The open bracket to blame: the token begins a new line or ends the text inside it."""
    brackets = lexer.brackets
    if token.text in ("(", "[", "{") and brackets and brackets[-1][1] == token.start:
        brackets = brackets[:-1]
    if not brackets:
        return None
    sign, at = brackets[-1]
    if token.type == "$END" or (sign == "{" and token.type == "OUTSIDE"):
        return sign, at
    keyword = token.text in KEYWORDS and token.text not in ("if", "else", "for", "in", "then")
    line_before = lexer.file.text.rfind("\n", at, token.start) >= 0
    begins_line = not lexer.file.text[
        lexer.file.text.rfind("\n", 0, token.start) + 1 : token.start
    ].strip()
    if sign == "(" and (token.type == "LBRACE" or (line_before and begins_line)):
        return sign, at
    if sign == "(" and token.type == "PIPE" and brackets[-2:][0][0] == "[":
        return sign, at
    if sign == "[" and token.type in ("LBRACE", "NL") and "PIPE" not in accepts:
        return sign, at
    if sign == "[" and line_before and begins_line and keyword:
        return sign, at
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
        "$END": "a new line",
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
