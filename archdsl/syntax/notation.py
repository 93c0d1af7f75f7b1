"""Notations of papers and of other tools that the grammar does not have, and what to write."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from archdsl.diagnostics.model import Edit, Fix
from archdsl.syntax.mistakes import Mistake, Place
from archdsl.syntax.recover import find_close, meant_statement

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from archdsl.ops.base import Kind

# The kind's letters, what else its shorthand has, and a name behind a comma; a word begins once,
# as a search from each of its letters takes the cube of its length.
ATTRIBUTE = re.compile(r"(?<![A-Za-z_])(([A-Za-z_]+)(?:[\d/.-][\w/.-]*)?)\s*,\s*([a-z_]\w*)\s*$")

HEADING = re.compile(
    r"^[ \t]*(network|block)[ \t]+([A-Za-z_][\w-]*(?:\([^()\n]*\))?)[ \t\r]*(?:#[^\n]*)?\n"
    r"(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t]*\Z",  # what a line may be but one way: else 2^n of them
    re.M,
)
APART = re.compile(r"(?:^|[,|{\[:])[ \t]*((?:[A-Za-z]+[ \t]+){1,3})$")
ENDS = r"(?=[ \t]*(?:[,|\]}#]|$))"
INITIALS = {"s": "stride", "p": "pad", "k": "kernel", "d": "dilation", "g": "groups"}


def find_notation(place: Place) -> Mistake | None:
    """The notation that the token shows, if it is a known one."""
    for rule in RULES:
        found = rule(place)
        if found is not None:
            return found
    return None


def kind_of(word: str) -> type[Kind] | None:
    """The layer kind of a word."""
    from archdsl.ops.base import Kind

    return Kind.lookup(word)


def own_layer(word: str) -> str:
    """The kind that others call `word`, or an empty string."""
    from archdsl.ops.foreign import own_layer

    return own_layer(word)


def attribute_as_step(p: Place) -> Mistake | None:
    """`conv3-64, stride=2`."""
    m = ATTRIBUTE.search(p.before)
    value = re.match(r"\s*([\w.]+)(?=\s*(?:[,|\]}#]|$))", p.after())
    if p.kind != "EQUAL" or not p.may_end or m is None or value is None:
        return None
    kind = kind_of(m[2])
    known = [] if kind is None else [f.name for f in kind.fields] + ["norm", "act"]
    name = m[3] if m[3] in known else INITIALS.get(m[3], "")
    if name not in known:
        return None
    better = f"({name}={value[1]})"
    start = p.token.start - len(p.before) + m.end(1)
    fix = Fix(p.span(start, p.token.end + value.end()), better, f"write `{better}`")
    help = f"attributes stand in brackets behind their layer: `{m[1]}{better}`"
    return Mistake("syntax", f"`{m[3]}` is no layer", help, fix)


def braces_for_branches(p: Place) -> Mistake | None:
    """`concat{ conv1-8 | conv3-8 }`."""
    m = re.search(r"([A-Za-z]+)\s*(?:\([^()]*\)\s*)?$", p.before)
    kind = kind_of(m[1]) if m is not None and p.kind == "LBRACE" and p.may_end else None
    if kind is None or kind.family != "join":
        return None
    close = find_close(p.file.text, p.token.end, p.lexer.end, 0)
    fix: Fix | None = None
    if p.file.text[close : close + 1] == "}":
        end = Edit(p.span(close, close + 1), "]")
        fix = Fix(p.span(p.token.start, p.token.end), "[", "write `[ … ]`", (end,))
    inside = "conv3-64, relu" if kind.name == "residual" else "a | b"
    help = f"branches stand in square brackets: `{kind.name}[ {inside} ]`"
    return Mistake("syntax", f"a body does not follow `{kind.name}`", help, fix)


def words_apart(p: Place) -> Mistake | None:
    """`max pool`, `fully connected 10`: a layer's name is one word."""
    before = p.before[-99:]
    m = APART.search(before)
    if m is None or p.kind != "NAME" or not p.may_end:
        return None
    first = "".join(m[1].split())
    more = re.match(r"(?:[ \t]+[A-Za-z]+(?![\w]))*", p.after()[:99])
    behind = re.findall(r"[A-Za-z]+", more[0])[:2] if more is not None and p.text.isalpha() else []
    letters = re.match(r"[A-Za-z]*", p.text)
    own, size = "", ""
    while not own and letters is not None:
        word = first + letters[0] + "".join(behind)
        own = word if kind_of(word) is not None else own_layer(word)
        if own or not behind:
            break
        behind.pop()
    if not own:
        return None
    end = p.token.start + (len(p.text) if behind else len(letters[0]) if letters else 0)
    for word in behind:
        end = p.file.text.index(word, end) + len(word)
    sized = re.match(r"[ \t]+(\d+(?:x\d+)*)" + ENDS, p.file.text[end : end + 99].split("\n")[0])
    kind = kind_of(own)
    if letters is not None and letters[0] != p.text and (kind is None or not kind.digits):
        return None  # `batch norm2`
    if sized is not None and kind is not None and (kind.digits or kind.dash):
        size = sized[1] if kind.digits else f"-{sized[1]}"
        end += sized.end()
    start = p.token.start - len(before) + m.start(1)
    fix = Fix(p.span(start, end), own + size, f"write `{own}{size}`")
    if size and kind is not None and kind.dash == "out" and kind.digits:
        fix.safety = "guess"  # a kernel, or the channels
    return Mistake("syntax", "a layer's name is one word", f"write `{own}{size}`", fix)


def branches_without_brackets(p: Place) -> Mistake | None:
    """`add conv3-8 | conv1-8 ]`, `add @stem`."""
    m = re.search(r"(?<![\w-])([A-Za-z]+)[ \t]+$", p.before)
    kind = kind_of(m[1]) if m is not None and p.kind in ("NAME", "REF") and p.may_end else None
    if kind is None or (kind.family != "join" and kind.name != "residual"):
        return None
    rest = p.after()
    fix: Fix | None = None
    if rest.count("]") > rest.count("["):
        fix = Fix(p.span(p.end_before, p.end_before), "[", "write `[`")
    inside = "…"
    if p.kind == "REF" and kind.family == "join" and re.match(r"[ \t]*(?:,|#|$)", rest):
        inside = f"{p.text} | identity"
        joined = f"[ {inside} ]"
        fix = Fix(p.span(p.end_before, p.token.end), joined, f"write `{joined}`", safety="guess")
    help = f"what it joins stands in square brackets: `{kind.name}[ {inside} ]`"
    return Mistake("syntax", f"no `[` stands behind `{kind.name}`", help, fix)


def heading_alone(p: Place) -> Mistake | None:
    """`net LeNet` as the first line, `network LeNet` and no `{` behind it."""
    help = "a network of a file of its own needs no heading; one of several has its body in braces:"
    line = re.fullmatch(r"\s*(?:net|model|arch|architecture)\s+", p.before, re.I)
    if line and p.kind == "NAME" and p.may_end and not re.match(r"\s*[({=:]", p.after()):
        name = f"{p.text}{p.after()}".split()[0]
        help = f"{help} `network {name} {{ … }}`"
        return Mistake("syntax", f"`{line[0].strip()}` begins no statement", help)
    text = p.file.text[max(0, p.token.start - 1000) : p.token.start]
    if re.fullmatch(r"\s*block\s+", p.before) and re.fullmatch(r"\s*(?:#.*)?", p.after()):
        text = f"{p.before}{p.text}\n"  # `block` of no parameters, and no `{` in its line
    m = HEADING.search(text)
    if m is None or ("LBRACE" not in p.terminals and p.kind != "NAME") or p.wants_step:
        return None
    shown = f"{m[1]} {m[2]}"
    if m[1] == "block":
        help = f"the body of a block stands in braces: `{shown} {{ conv3-64, relu }}`"
    else:
        help = f"{help} `{shown} {{ … }}`"
    return Mistake("syntax", f"`{shown}` has no body", help)


def heir(p: Place) -> Mistake | None:
    """`network B extends A {`."""
    m = re.match(r"\s*network\s+([\w-]+)\s+$", p.before)
    if m is None or p.text not in ("extends", "inherits", "is", "of", "from", "as", "like"):
        return None
    help = f"`network {m[1]} = A(depth=3)` is A with other arguments; what two share is a `block`"
    return Mistake("syntax", "a network is no heir of another", help)


def other_statement(p: Place) -> Mistake | None:
    """`Input 3x32x32`, `netwrok A {`."""
    m = re.match(r"\s*([A-Za-z]{3,})\s+$", p.before)
    word = meant_statement(m[1]) if m is not None else ""
    if m is None or not word or not p.may_end or m[1] in ("def", "class"):
        return None
    start = p.token.start - len(p.before) + m.start(1)
    fix = Fix(p.span(start, start + len(m[1])), word, f"write `{word}`")
    return Mistake("syntax", f"`{m[1]}` begins no statement", f"write `{word}`", fix)


FORMS = {
    "use": r"std\s*/|\"|\S+\.arch\b",
    "let": r"[A-Za-z_]\w*\s*=(?!=)",
    "for": r"[A-Za-z_]\w*\s+in\b",
    "if": r"[^{}]*\{",
    "train": r"\{",
}
"""What follows the short words that begin a statement."""


def short_word(p: Place) -> Mistake | None:
    """`fro i in 0..3 {`, `lett w = 8`, `} esle {`, `x3 shraed`."""
    m = re.match(r"\s*([A-Za-z]{2,7})\s+$", p.before)
    if m is not None:
        start = p.token.start - len(p.before) + m.start(1)
        for word, form in FORMS.items():
            if is_nearly(m[1], word) and re.match(form, p.text + p.after()):
                fix = Fix(p.span(start, start + len(m[1])), word, f"write `{word}`")
                return Mistake("syntax", f"`{m[1]}` begins no statement", f"write `{word}`", fix)
    word = ""
    if p.before.rstrip().endswith("}") and p.after().lstrip().startswith("{"):
        word = "else"
    elif re.search(r"\bx(?:\d+|\([^()]*\))\s+$", p.before):
        word = "shared"
    if p.kind == "NAME" and word and (is_nearly(p.text, word) or p.text == "share"):
        fix = p.here(word, f"write `{word}`")
        return Mistake("syntax", f"{p.shown} cannot stand here", f"write `{word}`", fix)
    return None


def is_nearly(word: str, meant: str) -> bool:
    """Whether a word is another one with two letters swapped, one doubled, or large ones."""
    small = word.lower()
    if word == meant or abs(len(word) - len(meant)) > 1:
        return False
    swapped = sorted(small) == sorted(meant)
    return swapped or (
        len(small) > len(meant) and SequenceMatcher(None, small, meant).ratio() > 0.7
    )


def point_first(p: Place) -> Mistake | None:
    """`dropout-.5`."""
    digits = re.match(r"\d+(?!\w)", p.after())
    if p.text != "." or digits is None or re.search(r"[-=(,\[]\s*$", p.before) is None:
        return None
    fix = p.here("0.", "write `0.`")
    help = f"write `0.{digits[0]}`"
    return Mistake("syntax", "a number does not begin with its point", help, fix)


def kernel_first(p: Place) -> Mistake | None:
    """`3x3 conv, 64`."""
    m = re.match(r"\s*([A-Za-z]+)(?:\s*[,-]\s*(\d+))?(?=\s*(?:[,|\]}#/(]|$))", p.after())
    kind = kind_of(m[1]) if m is not None and p.kind == "DIMS" and p.wants_step else None
    if m is None or kind is None or not kind.digits:
        return None
    out = f"-{m[2]}" if m[2] and kind.dash else ""
    better = f"{m[1]}{p.text}{out}"
    end = p.token.end + (m.end() if out or not m[2] else m.end(1))
    fix = Fix(p.span(p.token.start, end), better, f"write `{better}`")
    return Mistake("syntax", "a kernel stands behind the layer's name", f"write `{better}`", fix)


def channels_last(p: Place) -> Mistake | None:
    """`conv3x3/2, 64`."""
    m = re.search(r"(?<![\w-])([A-Za-z]+)(\d+(?:x\d+)*)((?:/\d+)?)\s*,\s*$", p.before[-99:])
    kind = kind_of(m[1]) if m is not None and p.kind == "INT" and p.wants_step else None
    if m is None or kind is None or kind.dash != "out" or not kind.digits:
        return None
    if not re.match(r"\s*(?:[,|\]}#]|$)", p.after()):
        return None
    better = f"{m[1]}{m[2]}-{p.text}{m[3]}"
    fix = Fix(p.span(p.token.start - len(m[0]), p.token.end), better, f"write `{better}`")
    help = f"channels stand behind the kernel: `{better}`"
    return Mistake("syntax", f"a layer does not begin with a number, {p.shown}", help, fix)


def size_behind_label(p: Place) -> Mistake | None:
    """`Input: 3x32x32`, `FC: 10`."""
    m = re.fullmatch(r"\s*([A-Za-z_]\w*)(\s*:\s*)", p.before)
    if m is None or p.kind not in ("INT", "DIMS", "REAL") or not p.wants_step:
        return None
    if not re.match(r"\s*(?:#|$)", p.after()):
        return None
    kind = kind_of(m[1])
    better = ""
    if m[1].lower() == "input":
        better = f"input {p.text}"
    elif kind is not None and kind.dash and not kind.digits and p.kind != "DIMS":
        better = f"{m[1]}-{p.text}"
    start = p.token.start - len(p.before) + m.start(1)
    fix = Fix(p.span(start, p.token.end), better, f"write `{better}`") if better else None
    help = f"write `{better}`" if better else "a label names a layer's tensor: `stem: conv3-64`"
    return Mistake("syntax", f"a label stands before layers, and {p.shown} is none", help, fix)


def input_without_word(p: Place) -> Mistake | None:
    """`volume 1x16x112x112`, `image 3x32x32`: a layout begins no statement."""
    m = re.fullmatch(r"\s*([A-Za-z]+)\s+", p.before)
    if m is None or p.kind not in ("INT", "DIMS") or not p.may_end:
        return None
    from archdsl.tensor import IMAGE, LAYOUTS, VECTOR

    word = m[1].lower()
    layout = "seq" if word == "sequence" else word
    if LAYOUTS.get(layout) != p.text.count("x") + 1 or not re.match(r"\s*(?:#|$)", p.after()):
        return None
    better = f"input {p.text}" if layout in (IMAGE, VECTOR) else f"input {layout} {p.text}"
    start = p.token.start - len(p.before) + m.start(1)
    fix = Fix(p.span(start, p.token.end), better, f"write `{better}`")
    return Mistake("syntax", f"`{m[1]}` begins no statement", f"write `{better}`", fix)


def value_in_braces(p: Place) -> Mistake | None:
    """`conv3-{c}`, `FC-<classes>`."""
    close = {"LBRACE": "}", "LT": ">"}.get(p.kind)
    if close is None or p.before[-1:] not in ("-", "/") or "INT" not in p.terminals:
        return None
    m = re.match(rf"([^{{}}<>\n]+){close}", p.after())
    value = m[1].strip() if m is not None else ""
    if m is None or not value:
        return None
    better = value if re.fullmatch(r"\w+(?:\[\w+\])?", value) else f"({value})"
    fix = Fix(p.span(p.token.start, p.token.end + m.end()), better, f"write `{better}`")
    help = "a value stands as it is, `conv3-c`, and a formula in round brackets: `conv3-(2*c)`"
    return Mistake("syntax", f"a value stands in no `{p.text}{close}`", help, fix)


def stride_apart(p: Place) -> Mistake | None:
    """`conv3-64 s2`."""
    m = re.search(r"(?:^|[\s,|{\[:])([A-Za-z]+)[\dx]*(?:-[\w.]+)?\s+$", p.before[-99:])
    digits = re.fullmatch(r"[sS](\d+)", p.text)
    kind = kind_of(m[1]) if m is not None and digits is not None and p.may_end else None
    if digits is None or kind is None or "stride" not in [f.name for f in kind.fields]:
        return None
    better = f"/{digits[1]}"
    fix = Fix(p.span(p.end_before, p.token.end), better, f"write `{better}`")
    help = f"a stride stands directly behind its layer: `{better}`"
    return Mistake("syntax", f"{p.shown} cannot follow a layer", help, fix)


def dash_for_nothing(p: Place) -> Mistake | None:
    """`| - | conv3-64 |`."""
    m = re.search(r"(?:^|\|)[ \t]*(-+)[ \t]*$", p.before)
    if not p.lexer.cell or p.kind != "$END" or m is None:
        return None
    start = p.token.start - len(p.before) + m.start(1)
    fix = Fix(p.span(start, start + len(m[1])), " " * len(m[1]), "leave the cell empty")
    return Mistake("syntax", f"`{m[1]}` is no layer", "an empty cell is none: take it away", fix)


def told_input(p: Place) -> Mistake | None:
    """`conv(in=3, out=8, kernel=3)`."""
    m = re.match(r"\s*=\s*\w+\s*(,\s*)?", p.after())
    if p.text != "in" or m is None or not re.search(r"[(,]\s*$", p.before):
        return None
    fix = Fix(p.span(p.token.start, p.token.end + m.end()), "", "take it away") if m[1] else None
    help = "what comes in is inferred: take it away"
    return Mistake("reserved-word", "`in` is no attribute", help, fix)


RULES: tuple[Callable[[Place], Mistake | None], ...] = (
    attribute_as_step,
    braces_for_branches,
    words_apart,
    branches_without_brackets,
    heading_alone,
    heir,
    other_statement,
    short_word,
    point_first,
    kernel_first,
    channels_last,
    size_behind_label,
    input_without_word,
    value_in_braces,
    stride_apart,
    dash_for_nothing,
    told_input,
)
