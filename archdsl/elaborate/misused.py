"""What is wrong with the arguments of a layer, with what was meant."""

from __future__ import annotations

import re
from itertools import pairwise

from archdsl.diagnostics.model import Edit, Fix
from archdsl.elaborate.context import Located
from archdsl.elaborate.errors import (
    BadArgument,
    JoinNeedsBranches,
    TooManyArguments,
    UnknownArgument,
)
from archdsl.elaborate.suggest import did_you_mean, rename
from archdsl.ops.base import Dims, FieldError, Kind
from archdsl.ops.foreign import NEEDLESS, own_attribute, plain
from archdsl.ops.join import Join
from archdsl.source import Span
from archdsl.syntax import ast


def too_many(kind: type[Kind], span: Span) -> Located:
    """An argument by place that has no place."""
    if span.text.startswith("@"):
        return round_branches(kind, span)
    sizes = sizes_apart(kind, span)
    if sizes is not None:
        return sizes
    names = ", ".join(f"`{n}`" for n in kind.positional)
    none = f"`archdsl kinds {kind.name}` lists what it takes by name"
    if kind.name == "residual" or issubclass(kind, Join):
        none = f"its branches stand in square brackets: `{kind.name}[ conv3-64 | conv1-64 ]`"
        if kind.name == "residual":
            none = "its body stands in square brackets: `residual[ conv3-64, relu, conv3-64 ]`"
        if span.file.name.endswith((".yaml", ".yml", ".json")):
            none = f"branches stand behind a key of their own: `{kind.name}:` and `branches: [ … ]`"
    return Located(
        TooManyArguments(
            f"`{kind.name}` takes {len(kind.positional) or 'no'}"
            f" argument{'s' * (len(kind.positional) != 1)} by place",
            help=f"by place: {names}; write the others by name" if names else none,
        ),
        span,
    )


SIGNS = {"+": "add", "-": "sub", "*": "mul"}


def sizes_apart(kind: type[Kind], span: Span) -> Located | None:
    """`reshape(3, 32, 32)`: one attribute, and its sizes with commas between them."""
    text = span.file.text
    start, end = text.rfind("(", 0, span.start), text.find(")", span.end)
    inside = text[start + 1 : end]
    if len(kind.positional) != 1 or not re.fullmatch(r"\s*\d+(\s*,\s*\d+)+\s*", inside):
        return None
    better = "x".join(re.findall(r"\d+", inside))
    try:
        kind.field(kind.positional[0]).convert(Dims(tuple(map(int, better.split("x")))))
    except FieldError:
        return None
    help = f"`x` stands between sizes: `{kind.name}({better})`"
    return Located(
        TooManyArguments(f"`{kind.name}` takes 1 argument by place", help=help),
        span,
        fix=Fix(Span(span.file, start + 1, end), better, f"write `{better}`"),
    )


def check_letters_apart(kind: type[Kind], args: tuple[ast.Arg, ...]) -> None:
    """`permute(h, w, c)`: a word, and its letters with commas between them. Raises Located."""
    letters = [arg.value.name for arg in args if not arg.name and isinstance(arg.value, ast.Name)]
    word = "".join(letters)
    if len(kind.positional) != 1 or len(letters) < max(len(args), 2):
        return
    if word not in kind.field(kind.positional[0]).choices:
        return
    file = args[0].span.file
    raise Located(
        TooManyArguments(
            f"`{kind.name}` takes 1 argument by place",
            help=f"the letters make one word: `{kind.name}({word})`",
        ),
        args[1].span,
        fix=Fix(Span(file, args[0].span.start, args[-1].span.end), word, f"write `{word}`"),
    )


def round_branches(kind: type[Kind], span: Span) -> Located:
    """`concat(@a, @b)`: tensors as arguments of a layer."""
    from archdsl.ops.join import Join

    if not issubclass(kind, Join):
        sign = re.fullmatch(r"(@[\w.\[\]]+)\s*([-+*])\s*(@[\w.\[\]]+)", span.text)
        joined = f"{SIGNS[sign[2]]}[ {sign[1]} | {sign[3]} ]" if sign else span.text[:80]
        help = f"a layer takes the tensor before it: `{joined}, {kind.name}`"
        return Located(TooManyArguments(f"`{kind.name}` takes no tensor", help=help), span)
    text = span.file.text
    start, end = text.rfind("(", 0, span.start), text.find(")", span.end)
    inside = text[start + 1 : end]
    fix: Fix | None = None
    if re.fullmatch(r"\s*@\w+(\s*,\s*@\w+)+\s*", inside):
        better = "[ " + " | ".join(ref.strip() for ref in inside.split(",")) + " ]"
        fix = Fix(Span(span.file, start, end + 1), better, f"write `{better}`")
    help = f"branches stand in square brackets: `{kind.name}[ @a | @b ]`"
    return Located(
        TooManyArguments(f"`{kind.name}` takes no tensors as arguments", help=help), span, fix=fix
    )


def two_tensors(steps: tuple[ast.Step, ...]) -> Located | None:
    """`concat[ @a, @b ]`: the second name would leave the tensor of the first."""
    if not all(isinstance(step, ast.Ref) for step in steps):
        return None
    file = steps[0].span.file
    fixes = [Span(file, a.span.end, b.span.start) for a, b in pairwise(steps)]
    more = tuple(Edit(between, " | ") for between in fixes[1:])
    return Located(
        JoinNeedsBranches(
            "one branch names two tensors",
            help='`|` stands between branches; a comma means "then"',
        ),
        Span(file, steps[0].span.start, steps[-1].span.end),
        fix=Fix(fixes[0], " | ", "write `|`", more),
    )


def check_equal_sign(arg: ast.Arg, known: list[str]) -> None:
    """`pad==1` compares, where `pad=1` was meant. Raises Located."""
    e = arg.value
    if not (isinstance(e, ast.Binary) and isinstance(e.first, ast.Name) and e.first.name in known):
        return
    op, right = e.rest[0]
    if op == "==" and len(e.rest) == 1:
        between = Span(arg.span.file, e.first.span.end, right.span.start)
        raise Located(
            BadArgument("`==` compares", help=f"a value is given by `=`: `{e.first.name}=…`"),
            between,
            fix=Fix(between, "=", "write `=`"),
        )


def unknown_argument(
    kind: type[Kind],
    name: str,
    arg: ast.Arg,
    common: tuple[str, ...],
    given: tuple[str, ...] = (),
) -> Located:
    """An argument that the kind does not have, with what it has."""
    known = [f.name for f in kind.fields] + list(common) + list(kind.tensors)
    listed = ", ".join(f"`{n}`" for n in known)
    has = f"it has {listed}" if known else "it has no attributes"
    span = Span(arg.span.file, arg.span.start, arg.span.start + len(name))
    own = own_attribute(name, known)
    help = f"did you mean `{own}`?" if own else did_you_mean(name, known)
    fix = Fix(span, own, f"write `{own}`") if own else rename(span, name, known)
    if plain(name) in NEEDLESS:
        help, fix = f"{NEEDLESS[plain(name)]}: take it away.", without(arg.span)
        if fix is not None and plain(name) != "inplace":  # what it claims may not hold
            fix.safety = "guess"
    elif plain(name) in KEPT and "p" in known:
        help, fix = kept_share(arg)
    elif plain(name) == "paddingmode":
        help = "other padding is a layer before this one: `pad(1, mode=reflect), conv3-64(pad=0)`."
        fix = None
    elif plain(name) == "name":
        help, fix = "a name is a label at the start of its line: `stem: conv7-64/2`.", None
    elif own == "axis":  # its values are others
        help, fix = "did you mean `axis`, a letter such as `axis=c`?", None
    elif name == "order" and kind.family == "join":
        help = "a join's norm and act follow it; `order=pre` is said of layers in its branches."
    if fix is not None and fix.text in given:  # the slip is another one
        help, fix = (f"`{own}` is given already: take one away." if own else ""), None
    return Located(
        UnknownArgument(
            f"`{kind.name}` has no attribute `{name}`", help=f"{help} {has}" if help else has
        ),
        span,
        fix=fix,
    )


def without(span: Span) -> Fix | None:
    """The fix that takes an argument out of its brackets, with them where it is alone."""
    text = span.file.text
    before = re.search(r"[,({][ \t]*\Z", text[max(0, span.start - 80) : span.start])
    after = re.match(r"[ \t]*(?:,[ \t]*|[)}])", text[span.end : span.end + 80])
    if before is None or after is None:
        return None
    first, last = before[0][0], after[0].strip()
    start, end = span.start - len(before[0]), span.end + len(after[0])
    if first != "," and last != ",":  # alone in its brackets; YAML needs a value behind its key
        if first == "{":
            return None
    elif first == ",":
        end = span.end
    else:
        start = span.start
    return Fix(Span(span.file, start, end), "", f"take `{span.text}` away")


KEPT = frozenset(("keepprob", "keep", "pkeep", "keeprate"))


def kept_share(arg: ast.Arg) -> tuple[str, Fix | None]:
    """What `dropout(keep_prob=0.8)` is here: `p=0.2`."""
    help, e = "`p` is the share that is dropped: one minus what is kept.", arg.value
    value = e.value if isinstance(e, ast.Const) else None
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value <= 1:
        return help, None
    better = f"p={1 - value:.6g}"
    return help, Fix(arg.span, better, f"write `{better}`")


def split_repeat(value: Dims, span: Span) -> Fix | None:
    """The fix that makes `64 x4` of `64x4`."""
    written = "x".join(str(n) for n in value)
    if len(value) != 2 or 0 in value or span.text.replace("×", "x") != written:
        return None
    text = f"{value[0]} x{value[1]}"
    return Fix(span, text, f"write `{text}`")


def whole_number(value: float, span: Span) -> tuple[str, Fix | None]:
    """What to write for a real number where a whole one is due."""
    written = re.fullmatch(r"[\d_.]+(?:[eE][+-]?\d+)?", span.text) is not None
    if not written:
        return "`//` divides without a rest; `floor(…)`, `ceil(…)`, `round(…)` give integers", None
    if not 1 <= value < 10**18:
        share = f": a share of another number is `round({span.text}*width)`" if value < 1 else ""
        return f"write a whole number{share}", None
    if value != int(value):
        return f"write a whole number: `{int(value)}` or `{int(value) + 1}`", None
    better = str(int(value))
    help = f"a whole number has no point and no exponent: `{better}`"
    return help, Fix(span, better, f"write `{better}`")


def channels_by_place(head: Span, value: Span) -> tuple[str, Fix] | None:
    """What to write for `conv3(64)` and `conv3(64, pad=0)`, with the fix."""
    text = head.file.text
    rest = re.match(r"[ \t]*(?:\)|,[ \t]*)", text[value.end : value.end + 99])
    if rest is None or text[head.start : value.end] != f"{head.text}({value.text}":
        return None
    better = f"-{value.text}" if rest[0].endswith(")") else f"-{value.text}("
    help = f"write `{head.text}-{value.text}`"
    span = Span(head.file, value.start - 1, value.end + rest.end())
    return help, Fix(span, better, help, safety="guess")
