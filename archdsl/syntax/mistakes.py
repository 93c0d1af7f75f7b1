"""Mistakes that people make in the grammar, each with what to write instead."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Edit, Fix
from archdsl.source import SourceFile, Span
from archdsl.syntax._tables import KEYWORDS
from archdsl.syntax.lexer import Lexer, Token
from archdsl.syntax.recover import end_of_rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

STEP = frozenset(("NAME", "REF", "LBRACE", "IF", "FOR"))
COMPARES = re.compile(r"^\s*let\b.*=|\bif\b|^[\s-]*expect\b")  # YAML has its `-`
LABEL = re.compile(r"^\s*[A-Za-z_]\w*(?:\[[^\]]*\])?\s*$")
STATEMENTS = frozenset(
    ("input", "default", "let", "block", "network", "output", "expect", "use", "train")
)
ORDERS = frozenset(("LT", "LE", "GT", "GE", "EQEQ", "NE"))
OPTIONS = r"(?:strides?|pad|padding|kernel|dilation|groups)\b"
OPTION_NEXT = re.compile(r"\s*[\d/,]*\s*" + OPTIONS)
CLAIM = re.compile(r"([ \t]*expect(?:[ \t]+[\w-]+[ \t]*:)?)[ \t]")
ORDER = re.compile(r"([<>]=?|==|!=)")


class Mistake:
    """An error that is known by what stands around: its id, words and perhaps its fix."""

    __slots__ = ("fix", "help", "id", "message")

    def __init__(self, id: str, message: str, help: str, fix: Fix | None = None) -> None:
        self.id = id
        self.message = message
        self.help = help
        self.fix = fix


class Place:
    """A token that cannot stand where it stands, what could, and the line before it."""

    __slots__ = ("before", "file", "kind", "lexer", "shown", "terminals", "text", "token")

    def __init__(self, token: Token, terminals: frozenset[str], lexer: Lexer, shown: str) -> None:
        self.token = token
        self.kind = token.type
        self.text = token.text
        self.terminals = terminals
        self.lexer = lexer
        self.file: SourceFile = lexer.file
        self.shown = shown
        text = self.file.text
        start = max(text.rfind("\n", 0, token.start) + 1, token.start - 1000)
        self.before = text[start : token.start]

    def after(self, count: int = 200) -> str:
        """What follows the token, on its line."""
        rest = self.file.text[self.token.end : self.token.end + count]
        return rest.split("\n", 1)[0]

    def span(self, start: int, end: int) -> Span:
        """A range of the file."""
        return Span(self.file, start, end)

    def here(self, text: str, title: str, safety: str = "sure") -> Fix:
        """The fix that writes something else for the token."""
        return Fix(self.span(self.token.start, self.token.end), text, title, safety=safety)

    @property
    def end_before(self) -> int:
        """Where what stands before the token ends, comments left out."""
        return end_before(self.token.start, self.lexer)

    @property
    def may_end(self) -> bool:
        """Whether a line could end here."""
        return "NL" in self.terminals

    @property
    def wants_step(self) -> bool:
        """Whether a layer could stand here."""
        return self.terminals >= STEP


def end_before(at: int, lexer: Lexer) -> int:
    """The end of the last text before an offset that is neither blank nor comment."""
    text = lexer.file.text
    starts = {end: start for start, end in lexer.comments}
    while True:
        at = len(text[:at].rstrip())
        if at not in starts:
            return at
        at = starts[at]


def find_mistake(place: Place) -> Mistake | None:
    """The mistake that the token shows, if it is a known one."""
    for rule in RULES:
        found = rule(place)
        if found is not None:
            return found
    return None


# --- signs ------------------------------------------------------------------------------------


def equal_sign(p: Place) -> Mistake | None:
    """`=` where nothing is set."""
    if p.kind != "EQUAL" or not p.may_end:
        return None
    if p.after(1) == ">":
        return arrow(p, p.token.start, p.token.end + 1, "=>")
    if COMPARES.search(p.before):
        fix = p.here("==", "write `==`")
        return Mistake("syntax", "`=` compares nothing", "write `==` for equal", fix)
    label = None
    if LABEL.match(p.before):
        label = Fix(p.span(p.end_before, p.token.end), ":", "write `:`")
    help = "a label is written `name: conv3-64`"
    return Mistake("syntax", "`=` does not name a tensor", help, label)


def set_sign(p: Place) -> Mistake | None:
    """`:` or `==` where something is set by `=`."""
    if p.kind not in ("COLON", "EQEQ") or "EQUAL" not in p.terminals:
        return None
    rest = p.file.text[p.token.end : p.token.end + 1]
    inside = bool(p.lexer.brackets) and p.lexer.brackets[-1][0] == "("
    fix = p.here("" if rest == "=" else "=" if inside else " =", "write `=`")
    if not inside and p.before[-1:].isspace():
        fix = p.here("" if rest == "=" else "=", "write `=`")
    if inside and rest == " ":
        fix = Fix(p.span(p.token.start, p.token.end + 1), "=", "write `=`")
    return Mistake("syntax", f"{p.shown} sets nothing", "a value is given by `=`", fix)


def chain_of_orders(p: Place) -> Mistake | None:
    """`1 < params < 300`: comparisons do not chain."""
    if p.kind not in ORDERS or p.kind in p.terminals or "AND" not in p.terminals:
        return None
    text = re.sub(r"#.*", "", p.before + p.text + p.after())
    m = CLAIM.match(text)
    parts = ORDER.split(text[m.end() :]) if m is not None else []
    fix: Fix | None = None
    if m is not None and len(parts) == 5 and not re.search("[=!~]", "".join(parts[::2])):
        a, o, b, q, c = (part.strip() for part in parts)
        first = f"{m[1]} {a} {o} {b}"
        second = f"{b} {q} {c}"
        at = p.token.start - len(p.before)
        span = p.span(at, at + len(text.rstrip()))
        fix = Fix(span, f"{first}\n{m[1]} {second}", "write two claims")
        help = f"write two claims: `{first.strip()}` and `expect {second}`"
    else:
        help = "compare twice: `a < b and b < c`"
    return Mistake("syntax", "comparisons do not chain", help, fix)


def arrow_sign(p: Place) -> Mistake | None:
    """`->` between steps."""
    if p.kind == "GT" and p.before.endswith("-"):
        return arrow(p, p.token.start - 1, p.token.end, "->")
    if p.kind == "MINUS" and p.may_end and p.after(1) == ">":  # behind `@stem`
        return arrow(p, p.token.start, p.token.end + 1, "->")
    return None


def arrow(p: Place, start: int, end: int, sign: str) -> Mistake:
    """An arrow where a comma is meant."""
    left = end_before(start, p.lexer)
    fix = Fix(p.span(left, end), ",", "write a comma")
    return Mistake("syntax", f"`{sign}` joins no steps", "write a comma between two steps", fix)


def slice_colon(p: Place) -> Mistake | None:
    """`a[0:2]`."""
    inside = p.lexer.brackets[-1][0] if p.lexer.brackets else ""
    if p.kind != "COLON" or inside != "[" or not p.terminals >= {"RSQB", "STAR"}:
        return None
    help = "write the elements that are meant: `[a[0], a[1]]`"
    return Mistake("syntax", "lists have no slices", help)


def star_behind_layer(p: Place) -> Mistake | None:
    """`conv3-64*2`."""
    if p.kind not in ("STAR", "STARSTAR") or not p.terminals >= {"NL", "COMMA"}:
        return None
    m = re.match(r"\s*(\d+)(?!\w)", p.after())
    fix: Fix | None = None
    if m and p.kind == "STAR":
        span = p.span(p.end_before, p.token.end + m.end())
        fix = Fix(span, f" x{m[1]}", f"repeat it: `x{m[1]}`", safety="guess")
    help = "a repeat is written `conv3-64 x4`, a computed number in brackets: `conv3-(64*2)`"
    return Mistake("syntax", f"{p.shown} cannot follow a layer", help, fix)


def label_in_line(p: Place) -> Mistake | None:
    """`conv3-8, stem: relu`."""
    if p.kind != "COLON" or not p.may_end or re.match(r"[\s-]*expect\b", p.before):
        return None
    if re.search(r"[A-Za-z_]\w*(?:\[[^\]]*\])?\s*$", p.before) is None:
        return None
    fix: Fix | None = None
    m = re.search(r",[ \t]*(?=[A-Za-z_]\w*\s*$)", p.before)
    if m is not None and not p.lexer.cell:
        indent = p.before[: len(p.before) - len(p.before.lstrip())]
        at = p.token.start - len(p.before) + m.start()
        span = p.span(at, at + len(m.group()))
        fix = Fix(span, f"\n{indent}", "begin a line with the label")
    help = "a label begins its line and names the last tensor of it"
    return Mistake("label-inside-line", "a label inside a line", help, fix)


def stray_pipe(p: Place) -> Mistake | None:
    """`|` outside of brackets."""
    if p.kind != "PIPE" or not p.may_end:
        return None
    if p.after().startswith("|") and re.search(r"\b(?:let|if|expect)\b", p.before):
        fix = Fix(p.span(p.token.start, p.token.end + 1), "or", "write `or`")
        return Mistake("syntax", "`||` is no operator", "write `or`", fix)
    if end_of_rows(p.file.text, p.token.start) > p.token.start:
        help = "a line of a table begins with `|` and ends with one: `| layer | size |`"
        return Mistake("syntax", "this table's lines begin with no `|`", help)
    help = "branches stand in a join, `concat[ a | b ]`; each row of a table begins with `|`"
    return Mistake("syntax", "`|` outside of brackets", help)


def stray_comma(p: Place) -> Mistake | None:
    """A comma with nothing before it."""
    if p.kind != "COMMA" or not p.wants_step:
        return None
    end = p.token.end + len(p.after()) - len(p.after().lstrip())
    fix = Fix(p.span(p.token.start, end), "", "take the comma away")
    return Mistake("syntax", "a comma with no layer before it", "take it away", fix)


def second_claim(p: Place) -> Mistake | None:
    """`expect params == 10, macs == 20`."""
    claim = CLAIM.match(p.before)
    if p.kind != "COMMA" or claim is None or not p.may_end:
        return None
    decimal = re.match(r"\d+(?!\w)", p.after())
    if decimal is not None and p.before[-1:].isdigit():
        fix = p.here(".", f"write `{p.before.split()[-1]}.{decimal[0]}`", "guess")
        return Mistake("syntax", "`,` is no decimal point", fix.title, fix)
    if not ORDER.search(p.after()):
        return None
    blanks = len(p.after()) - len(p.after().lstrip())
    more = p.span(p.token.start, p.token.end + blanks)
    fix = Fix(more, f"\n{claim[1]} ", "begin a line with it")
    help = "each claim stands on a line of its own, behind an `expect`"
    return Mistake("syntax", "a `,` follows a claim", help, fix)


# --- words and numbers ------------------------------------------------------------------------


def two_sizes(p: Place) -> Mistake | None:
    """A size behind a layer."""
    if p.kind != "DIMS" or not p.may_end:
        return None
    shown = f"{p.shown} cannot follow a layer"
    fix = glued(p)
    help = "digits stand directly behind the name: `conv3-64`"
    return Mistake("syntax", shown, help if fix else "write a comma between two steps", fix)


def missing_comma(p: Place) -> Mistake | None:
    """Two steps with nothing between them."""
    if p.kind not in ("NAME", "REF", "LBRACE", "INT", "REAL") or not p.terminals >= {"NL", "COMMA"}:
        return None
    if p.text in ("elif", "elseif") and p.before.rstrip().endswith("}"):
        fix = p.here("else if", "write `else if`")
        return Mistake("syntax", f"{p.shown} is no word of the language", "write `else if`", fix)
    if re.fullmatch(r"X\d+", p.text):
        fix = p.here(p.text.lower(), f"write `{p.text.lower()}`")
        return Mistake("syntax", f"{p.shown} repeats nothing", "a repeat has a small `x`", fix)
    if p.before.endswith("\t") and p.before.strip():
        help = "columns as they are pasted become a spec by `archdsl import table FILE`"
        return Mistake("syntax", f"a tab stands between {p.shown} and the step before it", help)
    if label_of_words(p):
        return Mistake("syntax", "a label is one word", "write `_` between the words")
    help = "write a comma or a new line between two steps, and a label at the start of its line"
    fixed = glued(p)
    if p.kind == "INT" and OPTION_NEXT.match(p.after()):
        help = "the kernel stands behind the name, the stride behind `/`: `maxpool3/2`"
    elif re.fullmatch(OPTIONS, p.text) and re.match(r"\s*=?\s*[\d(]", p.after()):
        help, fixed = "options stand in brackets: `conv3-64(stride=2, pad=1)`", None
    elif re.match(r"\s*repeat\s+$", p.before):
        help, fixed = "a repeat stands behind its group: `{ conv3-64, relu } x3`", None
    elif p.text == "as" and (name := re.match(r"\s+([A-Za-z_]\w*)\s*(?=#|$)", p.after())):
        help = f"a label stands before its line: `{name[1]}: {p.before.strip()}`"
        fixed = label_behind(p, name)
    elif fixed is not None and fixed.text:
        help = f"what a layer is given stands behind a `-`: {fixed.title.removeprefix('write ')}"
    elif fixed is not None:
        help = "digits stand directly behind the name: `conv3-64`"
    elif p.kind not in ("INT", "REAL") and p.text != "as" and are_steps(p):
        fixed = Fix(p.span(p.end_before, p.end_before), ",", "write a comma")
    message = f"nothing stands between {p.shown} and the step before it"
    return Mistake("syntax", message, help, fixed)


def label_behind(p: Place, name: re.Match[str]) -> Fix | None:
    """The fix for `conv3-64 as stem`."""
    if p.lexer.cell or ":" in p.before:
        return None
    start = p.token.start - len(p.before.lstrip())
    end = p.token.end + name.end()
    taken = Edit(p.span(p.end_before, end), p.file.text[p.token.end + name.end(1) : end])
    return Fix(p.span(start, start), f"{name[1]}: ", f"write `{name[1]}: `", (taken,))


def are_steps(p: Place) -> bool:
    """Whether both sides are steps: known words, or such with a size. `trian {` is none."""
    m = re.search(r"(?:^|[,{\[|:])\s*([A-Za-z_]\w*)([^\s,]*)\s+$", p.before)
    first = m is None or m[2] != "" or m[1][-1].isdigit() or is_known(p, m[1])
    sized = re.match(r"[-(/]", p.after()) is not None or p.text[-1:].isdigit()
    return first and (p.kind == "REF" or sized or (p.kind == "NAME" and is_known(p, p.text)))


def is_known(p: Place, word: str) -> bool:
    """Whether a word is a kind, with its digits, or stands elsewhere in the file too."""
    from archdsl.ops.base import Kind

    if Kind.lookup(word) is not None or Kind.lookup(re.sub(r"\d+(?:x\d+)*$", "", word)) is not None:
        return True
    found = re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", p.file.text)
    return next(found, None) is not None and next(found, None) is not None


def label_of_words(p: Place) -> bool:
    """`left branch: conv3-64`."""
    names = re.fullmatch(r"\s*[A-Za-z_]\w*\s+", p.before)
    return names is not None and re.match(r"\s*:", p.after()) is not None


def missing_comma_in_brackets(p: Place) -> Mistake | None:
    """`block part(out stride=1)`."""
    if p.kind not in ("NAME", "REF", "INT", "REAL") or not p.terminals >= {"COMMA", "RPAR"}:
        return None
    if not p.lexer.brackets or p.lexer.brackets[-1][0] != "(":
        return None
    if p.text in ("than", "else") and re.match(r"\s*[\w(-]", p.after()):
        fix = p.here("then", "write `then`")
        return Mistake("syntax", f"{p.shown} cannot stand here", "write `2 then 1`", fix)
    fix = Fix(p.span(p.end_before, p.end_before), ",", "write a comma")
    message = f"nothing stands between {p.shown} and what is before it"
    return Mistake("syntax", message, "write a comma between two of them", fix)


def glued(p: Place) -> Fix | None:
    """The fix that takes the blank out of `conv 3-64`, or writes `FC-10` for `FC 10`."""
    from archdsl.ops.base import Kind

    m = re.search(r"([A-Za-z_][A-Za-z_0-9]*)[ \t]+$", p.before)
    if m is None or p.kind not in ("INT", "DIMS", "REAL"):
        return None
    kind = Kind.lookup(m[1])
    start = p.token.start - (len(p.before) - m.end(1))
    sized = re.fullmatch(r"([A-Za-z]+)\d+(?:x\d+)*", m[1])
    of_size = Kind.lookup(sized[1]) if sized is not None and kind is None else None
    if of_size is not None and of_size.digits and of_size.dash and p.kind == "INT":
        return Fix(p.span(start, p.token.start), "-", f"write `{m[1]}-{p.text}`")  # `conv3 64`
    size = re.match(r"\s*,?\s*(\d+(?:x\d+)+)(?=\s*(?:$|[,|\]}#]))", p.after())
    if kind is not None and kind.digits and kind.dash == "out" and p.kind == "INT" and size:
        better = f"{m[1]}{size[1]}-{p.text}"  # `conv 64 3x3`
        return Fix(
            p.span(p.token.start - len(m[0]), p.token.end + size.end()), better, f"write `{better}`"
        )
    if kind is not None and kind.dash and not kind.digits and p.kind != "DIMS":
        return Fix(p.span(start, p.token.start), "-", f"write `{m[1]}-{p.text}`")
    if kind is None or not kind.digits or p.kind == "REAL":
        return None
    out = re.match(r"\s*,\s*(\d+)\s*(?=$|[,|\]}#])", p.after())
    if p.kind == "DIMS" and out is not None and kind.dash == "out":  # `conv 3x3, 64`
        better = f"{m[1]}{p.text}-{out[1]}"
        return Fix(
            p.span(p.token.start - len(m[0]), p.token.end + out.end(1)), better, f"write `{better}`"
        )
    if OPTION_NEXT.match(p.after()):
        return None  # `maxpool 2, stride 2`: more of it is to be written otherwise
    alone = kind.dash == "out" and not p.after().startswith("-")  # a kernel, or the channels
    title = f"write `{m[1]}{p.text}`"
    return Fix(p.span(start, p.token.start), "", title, safety="guess" if alone else "sure")


def std_path(p: Place) -> Mistake | None:
    """`use std resnet`."""
    m = re.match(r"\s*use\s+std(\s+)$", p.before)
    if p.kind != "NAME" or m is None:
        return None
    fix = Fix(p.span(p.token.start - len(m[1]), p.token.start), "/", f"write `std/{p.text}`")
    help = f"write `use std/{p.text}`"
    return Mistake("syntax", "a file of the standard library is named with a `/`", help, fix)


def used_as(p: Place) -> Mistake | None:
    """`use std/se: se as squeeze`."""
    if p.text != "as" or not re.match(r"\s*use\s", p.before):
        return None
    help = "what a file defines keeps the name that it has there"
    return Mistake("syntax", "`as` gives no other name", help)


def repeat_as_name(p: Place) -> Mistake | None:
    """`x2: relu`."""
    if p.kind != "XDIMS" or not re.match(r"\s*(\[[^\]\n]*\]\s*)?:", p.after()):
        return None
    better = "x_" + p.text[1:]
    text = p.file.text
    refs = re.finditer(rf"#[^\n]*|@{re.escape(p.text)}(?!\w)", text)
    more = tuple(
        Edit(p.span(*m.span()), f"@{better}") for m in refs if not m.group().startswith("#")
    )
    fix = Fix(p.span(p.token.start, p.token.end), better, f"call it `{better}`", more)
    help = f"choose another name, such as `{better}`"
    return Mistake("reserved-word", f"`{p.text}` reads as a repeat", help, fix)


def word_of_language(p: Place) -> Mistake | None:
    """A keyword for a name."""
    if p.text not in KEYWORDS and p.kind != "X":
        return None
    names_output = "LABEL" in p.terminals and re.match(r"\s*(?:\[[^\]]*\]\s*)?:", p.after())
    names_network = "NETNAME" in p.terminals and re.match(r"\s*[{=(]", p.after())
    if not ("NAME" in p.terminals or names_output or names_network):
        return None
    if p.wants_step and p.text in STATEMENTS and not re.match(r"\s*(?:\[[^\]]*\]\s*)?:", p.after()):
        return statement_in_line(p)
    return Mistake("reserved-word", f"`{p.text}` is a word of the language", "choose another name")


def statement_in_line(p: Place) -> Mistake:
    """`conv3-8, output aux: gap`, `add[ let a = 3 | relu ]`."""
    around = "a line"
    if p.lexer.cell:
        around = "a table's cell"
    elif p.lexer.brackets and p.lexer.brackets[-1][0] == "[":
        around = "a branch"
    fix: Fix | None = None
    m = re.search(r",[ \t]*$", p.before)
    if m is not None and around == "a line":
        indent = p.before[: len(p.before) - len(p.before.lstrip())]
        start = p.token.start - len(m.group())
        fix = Fix(p.span(start, p.token.start), f"\n{indent}", "begin a line with it")
    help = f"`{p.text}` begins a statement: write it on a line of its own"
    return Mistake("misplaced-statement", f"`{p.text}` inside {around}", help, fix)


def number_first(p: Place) -> Mistake | None:
    """`3x conv3-64`, `unit[5, 24]`, `y[1] = relu`."""
    if p.kind not in ("INT", "DIMS") or not p.wants_step:
        return None
    if re.search(r"\w\[\s*$", p.before):
        return number_in_square_brackets(p)
    m = re.match(r"\s*[x×*]\s*([A-Za-z_][^,|\[\]{}#]*?)\s*(?=[,|\]}#]|$)", p.after())
    fix: Fix | None = None
    if m is not None and p.kind == "INT":
        span = p.span(p.token.start, p.token.end + m.end())
        fix = Fix(span, f"{m[1]} x{p.text}", f"write `{m[1]} x{p.text}`")
    message = f"a layer does not begin with a number, {p.shown}"
    help = "a repeat stands behind what it repeats: `conv3-64 x3`, `{ conv3-64, relu } x3`"
    return Mistake("syntax", message, help, fix)


def number_in_square_brackets(p: Place) -> Mistake:
    """`unit[5, 24]`, `y[1] = relu`: what stands there is a layer's branch."""
    before, after = p.before.rstrip(), p.after()
    label = re.match(r"\s*\](\s*)=(?!=)", after)
    if label is not None and LABEL.match(before + "]"):
        at = p.token.end + label.start(1)
        colon = Fix(p.span(at, p.token.end + label.end()), ":", "write `:`")
        help = f"a label is written `{before.lstrip()}{p.text}]: conv3-64`"
        return Mistake("syntax", "`=` does not name a tensor", help, colon)
    fix: Fix | None = None
    values = re.match(r"([^\[\]{}|@#]*)\]", after)
    if values is not None and re.match(r"\s*:(?!:)", after[values.end() :]):
        help = "a label begins its line and names the last tensor of it"
        return Mistake("label-inside-line", "a label inside a line", help)
    if values is not None:
        span = p.span(p.token.start - len(p.before) + len(before) - 1, p.token.end + values.end())
        better = f"({p.text}{values[1].rstrip()})"
        fix = Fix(span, better, f"write `{better}`")
    help = "square brackets hold branches; arguments stand in round ones: `unit(64, 2)`"
    return Mistake("syntax", f"a branch does not begin with a number, {p.shown}", help, fix)


def repeat_of_nothing(p: Place) -> Mistake | None:
    """`x3` with no step before it."""
    if p.kind != "XDIMS" or not p.wants_step:
        return None
    fix: Fix | None = None
    m = re.search(r"\s*,\s*$", p.before)
    if m is not None:
        span = p.span(p.token.start - len(m.group()), p.token.start)
        fix = Fix(span, " ", "take the comma away", safety="guess")
    help = "write it after a layer or a group"
    return Mistake("syntax", f"{p.shown} has nothing to repeat", help, fix)


# --- brackets ---------------------------------------------------------------------------------


def unopened_group(p: Place) -> Mistake | None:
    """`conv3-64, relu } x2`: the brace closed the network."""
    m = re.match(r"\s*([^\s{}#][^{}#]*?)[ \t]*\}[ \t]*$", p.before)
    if p.kind != "XDIMS" or m is None:
        return None
    at = p.token.start - len(p.before) + m.start(1)
    fix = Fix(p.span(at, at), "{ ", "open the group with `{`", safety="guess")
    message = f"{p.shown} stands behind a `}}` that closes no group"
    help = f"a repeated group opens with `{{`: `{{ {m[1][:60]} }} {p.text}`"
    return Mistake("unmatched-bracket", message, help, fix)


def round_group(p: Place) -> Mistake | None:
    """`(conv3-64, relu) x3`, `[conv3-64, relu] x3`."""
    if p.kind not in ("LPAR", "LSQB") or not p.wants_step:
        return None
    from archdsl.syntax.recover import find_close

    close = find_close(p.file.text, p.token.end, p.lexer.end, 0)
    signs = "( )" if p.kind == "LPAR" else "[ ]"
    fix: Fix | None = None
    if p.file.text[close : close + 1] == signs[-1]:
        end = Edit(p.span(close, close + 1), "}")
        fix = Fix(p.span(p.token.start, p.token.end), "{", "write `{ … }`", (end,))
    help = "write `{ … }`, as in `{ conv3-64, relu } x3`"
    return Mistake("syntax", f"layers are not grouped by `{signs}`", help, fix)


def second_brackets(p: Place) -> Mistake | None:
    """`dwconv(3)(norm=bn)`."""
    if p.kind != "LPAR" or not p.may_end or not p.before.rstrip().endswith(")"):
        return None
    first = len(p.before) - len(p.before.rstrip()) + 1
    better = "" if p.before.rstrip().endswith("()") else ", "
    fix = Fix(p.span(p.token.start - first, p.token.end), better, "join the brackets")
    help = "all arguments stand in one pair: `dwconv(3, norm=bn)`"
    return Mistake("syntax", "a second pair of brackets", help, fix)


def empty_branch(p: Place) -> Mistake | None:
    """`add[ conv3-3 | ]`."""
    if p.kind not in ("PIPE", "RSQB") or not p.wants_step:
        return None
    if p.kind == "PIPE" and p.before.endswith("|"):
        fix = p.here("", "take one away", safety="guess")
        return Mistake("empty-branch", "a branch with nothing in it", "branches have one `|`", fix)
    blank = "" if p.before[-1:].isspace() else " "
    at = p.span(p.token.start, p.token.start)
    fix = Fix(at, f"{blank}identity ", "write `identity`", safety="guess")
    help = "write `identity` for a plain copy"
    return Mistake("empty-branch", "a branch with nothing in it", help, fix)


RULES: tuple[Callable[[Place], Mistake | None], ...] = (
    equal_sign,
    set_sign,
    chain_of_orders,
    arrow_sign,
    slice_colon,
    star_behind_layer,
    label_in_line,
    std_path,
    used_as,
    repeat_as_name,
    two_sizes,
    missing_comma_in_brackets,
    missing_comma,
    word_of_language,
    stray_pipe,
    unopened_group,
    second_brackets,
    round_group,
    second_claim,
    stray_comma,
    empty_branch,
    number_first,
    repeat_of_nothing,
)
