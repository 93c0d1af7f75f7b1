"""What the word of a step means: a kind with digits, a block, a network, a kind in a parameter."""

from __future__ import annotations

import re

from archdsl.diagnostics.model import Edit, Fix
from archdsl.elaborate.context import Context, Located, Silent
from archdsl.elaborate.errors import BadName, UnknownLayer
from archdsl.elaborate.suggest import rename
from archdsl.elaborate.values import BlockRef, Partial, Poison, kind_of_value
from archdsl.ops.base import Kind, LayerRef
from archdsl.source import Span
from archdsl.syntax import ast
from archdsl.syntax._tables import KEYWORDS

DIGITS = re.compile(r"([A-Za-z_][A-Za-z_0-9]*?)([0-9]+(?:x[0-9]+)*)")
RESERVED = re.compile(r"x[0-9]*|block|train|none")
NUMBERED = re.compile(r"([A-Za-z]+?)_*([0-9]*(?:[_s]+[0-9]+)+)")  # `conv1_2`, `maxpool3s2`
MAX_NAME = 64

NOTHING_NEAR = "`archdsl kinds` lists the layer kinds; a block is defined by `block name(…) { … }`"
Meaning = tuple[LayerRef | BlockRef | Partial | None, str, tuple[tuple[str, ast.Expr], ...]]
"""What is called (None: nothing, `act=none`), the digits, and the signs that are left."""


def meaning(layer: ast.Layer, ctx: Context) -> Meaning:
    """What a step's word stands for. Raises Located where it is nothing."""
    word, tails = layer.name.name, layer.tails
    scope = ctx.scope.find(word)
    if scope is not None:
        value = scope.names[word]
        if isinstance(value, Poison):
            raise Silent
        if isinstance(value, (LayerRef, BlockRef, Partial)) or value is None or value == "none":
            return (None if value == "none" else value), "", tails  # type: ignore[return-value]
    joined = join_words(word, tails)
    for text, used in reversed(joined):
        found = look_up(text, ctx)
        if found is not None:
            return LayerRef(found[0]), found[1], tails[used:]
    network = find_network(layer, ctx)
    if network is not None:
        return network, "", ()
    if scope is not None:
        raise Located(
            UnknownLayer(
                f"`{word}` is {kind_of_value(scope.names[word])}, not a layer",
            ),
            layer.name.span,
        )
    raise unknown(layer, ctx)


def join_words(word: str, tails: tuple[tuple[str, ast.Expr], ...]) -> list[tuple[str, int]]:
    """`soft` with `-max` behind it: the word, and the word joined with what hyphens add."""
    out = [(word, 0)]
    for i, (sign, e) in enumerate(tails[:3]):
        if sign != "-" or not isinstance(e, ast.Name):
            break
        out.append((out[-1][0] + e.name, i + 1))
    return out


def split_digits(word: str) -> re.Match[str] | None:
    """A name and the digits behind it; none where a word is too long for a name."""
    return DIGITS.fullmatch(word) if len(word) <= MAX_NAME else None


def look_up(word: str, ctx: Context) -> tuple[type[Kind], str] | None:
    """A kind, or a kind with digits that it gives a meaning; remembered."""
    words = ctx.run.words
    if word in words:
        return words[word]
    kind = Kind.lookup(word)
    found: tuple[type[Kind], str] | None = None
    if kind is not None:
        found = (kind, "")
    else:
        m = split_digits(word)
        kind = Kind.lookup(m.group(1)) if m else None
        if m is not None and kind is not None:
            found = (kind, m.group(2))
    if len(words) < 10_000:
        words[word] = found
    return found


def find_network(layer: ast.Layer, ctx: Context) -> BlockRef | None:
    """A network used as a block; its name may have hyphens."""
    tails = layer.tails
    end = tails[-1][1].span.end if tails else layer.name.span.end
    text = layer.name.span.file.text[layer.name.span.start : end]
    found = ctx.run.networks.get(text)
    return found if isinstance(found, BlockRef) else None


def unknown(layer: ast.Layer, ctx: Context) -> Located:
    """A word that names nothing, with the nearest that does."""
    from archdsl.files import find_std_block

    word, span = layer.name.name, layer.name.span
    library = find_std_block(word)
    fix: Fix | None = None
    if word in ctx.graph.labels:
        help = f"`{word}` is a tensor: write `@{word}`"
        if not (layer.tails or layer.args or layer.branches or layer.repeat):
            fix = Fix(span, f"@{word}", f"write `@{word}`")
    elif library:
        help = f"the standard library has it: write `use {library}: {word}` at the top of the file"
        fix = add_use(span, f"use {library}: {word}")
    else:
        help, fix = meant_layer(layer, ctx)
    return Located(
        UnknownLayer(f"no layer or block is called `{word[:80]}`", help=help), span, fix=fix
    )


def meant_layer(layer: ast.Layer, ctx: Context) -> tuple[str, Fix | None]:
    """What may be meant by a word that is no layer here: a layer of others, or a slip."""
    from archdsl.ops.foreign import HELP, other_layer, own_layer

    word = layer.name.name
    numbers = NUMBERED.fullmatch(word)
    kind = Kind.lookup(numbers[1]) if numbers and len(word) <= MAX_NAME else None
    if kind is not None and kind.digits:
        more = "-64" if kind.dash == "out" else "/2" if "stride" in kind.positional else ""
        help = f"it is written `{kind.name}3{more}`; a name is a label before it: `{word}: …`"
        return help, None
    digits = split_digits(word)
    others = other_layer(word) or (other_layer(digits[1]) if digits else "")
    if others:
        return others, None
    own = own_layer(word) or (own_layer(digits[1]) if digits else "")
    fix = foreign_layer(layer, own, word) if own else nearest_layer(layer, ctx)
    return (f"did you mean `{fix.text}`?" if fix else HELP.get(own, NOTHING_NEAR)), fix


def nearest_layer(layer: ast.Layer, ctx: Context) -> Fix | None:
    """The fix that writes the nearest block, kind with these digits, or kind."""
    word, span = layer.name.name, layer.name.span
    m = split_digits(word)
    blocks = rename(span, word, [n for n in ctx.scope.visible() if is_layer(n, ctx)])
    if m is not None and (blocks is None or blocks.safety == "guess"):
        with_digits = [n for n, k in Kind.registry.items() if k.digits]
        found = rename(span, m.group(1), with_digits, "{}" + m.group(2))
        if found is not None:
            return found
    if blocks is not None:
        return blocks
    axes = re.fullmatch(r"(\D*)[123][dD]", word)  # as many as the tensor has
    found = rename(span, axes[1] if axes else word, Kind.registry)
    if found is None or not loses_digits(axes[1] if axes else word, found.text):
        by_place = axes and any(not arg.name for arg in layer.args)
        if found is not None and by_place:
            return Fix(span, found.text, found.title, safety="guess")
        return found
    return None  # what the digits say would be lost


def foreign_layer(layer: ast.Layer, own: str, word: str) -> Fix | None:
    """The fix that calls a layer as it is called here; none where its arguments mean others."""
    if any(not arg.name for arg in layer.args):
        return None
    from archdsl.ops.foreign import own_layer

    if not own_layer(word):  # its digits are none of the foreign name: they are the kernel
        digits = split_digits(word)
        kind = Kind.lookup(own)
        if digits is None or kind is None or not kind.digits:
            return None
        own += digits[2]
    return Fix(layer.name.span, own, f"write `{own}`")


def loses_digits(word: str, better: str) -> bool:
    """Whether a name drops digits of the word, which may say another layer than it."""
    return re.sub(r"\D", "", word) != re.sub(r"\D", "", better)


def is_layer(name: str, ctx: Context) -> bool:
    """Whether a name of this scope can stand as a step."""
    scope = ctx.scope.find(name)
    return scope is not None and isinstance(scope.names[name], (LayerRef, BlockRef, Partial))


def add_use(span: Span, statement: str) -> Fix:
    """The fix that writes a statement below the comments at the head of a file."""
    text = span.file.text
    at = 1 if text.startswith("\ufeff") else 0
    head = at  # behind the last line that is no `##` comment: such a one documents what follows
    while (text[at:].lstrip(" \t")[:1] or "x") in "#\n\r":
        documents = text[at:].lstrip(" \t").startswith("##")
        end = text.find("\n", at)
        if end < 0:
            break
        at = end + 1
        head = head if documents else at
    return Fix(Span(span.file, head, head), statement + "\n", f"add `{statement}`")


def step_kind(step: object, ctx: Context) -> type[Kind] | None:
    """The kind of a step that is a plain layer, as far as its text tells."""
    if not isinstance(step, ast.Layer) or step.branches is not None:
        return None
    word = step.name.name
    scope = ctx.scope.find(word)
    if scope is not None:
        value = scope.names[word]
        return value.kind if isinstance(value, LayerRef) else None
    for text, _ in reversed(join_words(word, step.tails)):
        found = look_up(text, ctx)
        if found is not None:
            return found[0]
    return None


def rename_label(span: Span, name: str, better: str) -> Fix:
    """The fix that calls a label otherwise, and its `@name`s with it."""
    refs = re.finditer(rf"#[^\n]*|@{name}(?!\w)", span.file.text)
    more = (m.span() for m in refs if not m.group().startswith("#"))
    edits = tuple(Edit(Span(span.file, a, b), f"@{better}") for a, b in more)
    return Fix(span, better, f"call it `{better}`", edits)


def check_name(name: str, span: Span, what: str, ctx: Context) -> None:
    """Whether a user may give this name. Raises Located."""
    if name in KEYWORDS or RESERVED.fullmatch(name):
        from archdsl.syntax.errors import ReservedWord

        problem = ReservedWord(f"`{name}` is a word of the language", help="choose another name")
        raise Located(problem, span)
    if len(name) > MAX_NAME:
        raise Located(
            BadName(f"a name of {len(name)} letters", help=f"use at most {MAX_NAME}"), span
        )
    if name.startswith("__"):
        raise Located(BadName("names do not begin with two underscores"), span)
    m = split_digits(name)
    if m is not None and Kind.lookup(name) is None:
        kind = Kind.lookup(m.group(1))
        if kind is not None and kind.digits:
            raise Located(
                BadName(
                    f"`{name}` reads as `{kind.name}` with {kind.digits} {m.group(2)}",
                    label="reads as a layer",
                    help=f"choose another name, such as `{m.group(1)}_{m.group(2)}`",
                ),
                span,
                fix=rename_label(span, name, f"{m[1]}_{m[2]}") if what == "label" else None,
            )
    if what == "block" and Kind.lookup(name) is not None:
        raise Located(BadName(f"`{name}` is a layer kind", help="choose another name"), span)
