"""Definitions that nothing uses, blocks, what a `use` brings, defaults; and defaults too late."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.files import read_used
from archdsl.lint.edits import delete_name, delete_statement
from archdsl.lint.mentions import bodies, words
from archdsl.lint.rule import Rule
from archdsl.lint.subject import kind_of, written_kind
from archdsl.ops.base import Kind
from archdsl.source import SourceFile
from archdsl.syntax import ast
from archdsl.syntax.forms import read
from archdsl.syntax.walk import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.lint.subject import Subject

PROJECTIONS = frozenset(("conv", "FC"))  # what the shortcut of a `residual` may be


class UnusedBlock(Rule):
    """Nothing calls a block.

    Its body was not checked either: a block is elaborated where it is called. In a file of blocks
    alone others may call them, so there is no finding.

    Wrong:

        block unit(n) { conv3-n, relu }
        network N {
            input 3x32x32
            conv3-8, relu, gap, FC-10
        }

    Right:

        block unit(n) { conv3-n, relu }
        network N {
            input 3x32x32
            unit(8), gap, FC-10
        }
    """

    id = "unused-block"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Blocks that are mentioned in no other place than their own body."""
        if subject.is_library:
            return
        body = subject.tree.body
        blocks = [n for n in nodes(body) if isinstance(n, ast.Block)]
        everywhere = count(words(body)) if blocks else {}
        for block in blocks:
            name = block.name.name
            if everywhere.get(name, 0) == count(words(block.body)).get(name, 0):
                yield self.found(
                    block.name.span,
                    f"nothing calls the block `{name}`",
                    "defined here",
                    help="call it, or take it away",
                    fix=delete_statement(block.span, f"take the block `{name}` away")
                    if not block.doc
                    else None,
                )


def count(found: Iterator[str]) -> dict[str, int]:
    """How often each word comes."""
    numbers: dict[str, int] = {}
    for word in found:
        numbers[word] = numbers.get(word, 0) + 1
    return numbers


class UnusedUse(Rule):
    """A `use` brings a block that nothing calls.

    Wrong:

        use std/resnet: basic, bottleneck
        network N {
            input 3x32x32
            basic(8), gap, FC-10
        }

    Right:

        use std/resnet: basic
        network N {
            input 3x32x32
            basic(8), gap, FC-10
        }
    """

    id = "unused-use"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Names behind a `use`, or the whole of one, that stand nowhere else."""
        if subject.is_library:  # another file may take them from here
            return
        used = set(words(subject.tree.body))
        for use in subject.tree.body:
            if not isinstance(use, ast.Use):
                continue
            if use.names is None:
                if not used & brought(use):
                    yield self.found(
                        use.path_span,
                        f"nothing of `{use.path}` is used",
                        help="take the line away",
                        fix=delete_statement(use.span, f"take `{use.span.text}` away"),
                    )
                continue
            unused = [i for i, n in enumerate(use.names) if n.name not in used]
            for i in unused:
                names, name = use.names, use.names[i].name
                rest = [n for k, n in enumerate(names) if k not in unused]
                fix = (
                    delete_name(names, i, use.span, f"take `{name}` away")
                    if rest
                    else delete_statement(use.span, f"take `{use.span.text}` away")
                )
                yield self.found(
                    names[i].span,
                    f"nothing calls `{name}`",
                    "brought here",
                    help="call it, or take it away",
                    fix=fix,
                )


def brought(use: ast.Use) -> set[str]:
    """Names of the blocks that a file defines or hands on."""
    found = read_used(use.path, use.span.file, use.std)
    if not isinstance(found, SourceFile):
        return set()
    names: set[str] = set()
    for s in read(found)[0].body:
        if isinstance(s, (ast.Block, ast.Network)):
            names.add(s.name.name)
        elif isinstance(s, ast.Use):
            names |= {n.name for n in s.names} if s.names is not None else brought(s)
    return names


class UnusedDefault(Rule):
    """A `default` is for a kind of which no layer follows in its scope.

    It holds from its line to the end of the body, for the text there: blocks of other files, and
    those defined above it, have defaults of their own. So a `default` behind the layers it was
    meant for, or beside a call of a library's block, does nothing.

    Wrong:

        input 3x32x32
        default conv + FC (act=relu)
        conv3-8, gap

    Right:

        input 3x32x32
        default conv (act=relu)
        conv3-8, gap
    """

    id = "unused-default"
    of_design = False

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Kinds of defaults that nothing behind them can be."""
        tree = subject.tree
        if not any(isinstance(n, ast.Default) for n in nodes(tree.body)):
            return
        values = value_names(tree)
        referred = {k.name for k in map(kind_of, words(arguments(tree))) if k is not None}
        for body in bodies(tree):
            if not any(isinstance(s, ast.Default) for s in body):
                continue
            used = set(referred)
            for s in reversed(body):
                if isinstance(s, ast.Default):
                    yield from self.judge(s, used)
                if any(isinstance(n, ast.Layer) and n.name.name in values for n in nodes(s)):
                    break  # a parameter may be any kind
                used |= {k.name for k in map(kind_of, words(s)) if k is not None}
                if "residual" in used:
                    used |= PROJECTIONS

    def judge(self, default: ast.Default, used: set[str]) -> Iterator[Diagnostic]:
        """The kinds of one default that are not among those used behind it."""
        for at, name in enumerate(default.kinds):
            kind = Kind.lookup(name.name)
            if kind is not None and kind.name not in used:
                title = f"take `{name.name}` away"
                yield self.found(
                    name.span,
                    f"no `{kind.name}` follows in the scope of this `default`",
                    "never used",
                    help="move it above the layers that it is for, or take it away",
                    fix=delete_name(default.kinds, at, default.span, title),
                )


class LateDefault(Rule):
    """A `default` does not hold in a block that is called in its scope, and looks as if it did.

    A block has the defaults of the place where it is written, not of where it is called. So a
    `default` below a block, or inside the network that calls it, leaves the layers of the block
    bare. There is a finding where the block has such layers, no default for them, and no norm or
    activation of its own that could stand for the one of the `default`.

    Wrong:

        block basic(out) { residual(act=relu, shortcut=conv)[ conv3-out, conv3-out ] }
        default conv (norm=bn, act=relu)
        input 3x32x32
        basic(16), gap, FC-10

    Right:

        default conv (norm=bn, act=relu)
        block basic(out) { residual(act=relu, shortcut=conv)[ conv3-out, conv3-out ] }
        input 3x32x32
        basic(16), gap, FC-10
    """

    id = "late-default"
    of_design = False

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Defaults, and the blocks called behind them that have none for these kinds."""
        tree = subject.tree
        bare: dict[str, list[Bare]] = {}
        for block in bare_blocks(tree.body, frozenset()):
            bare.setdefault(block[0].name.name, []).append(block)
        for body in bodies(tree) if bare else ():
            if not any(isinstance(s, ast.Default) for s in body):
                continue
            called: dict[int, Bare] = {}  # by where they begin
            seen: set[str] = set()
            for s in reversed(body):
                if isinstance(s, ast.Default):
                    above = [b for _, b in sorted(called.items()) if b[0].span.end <= s.span.start]
                    yield from self.judge(s, above)
                reach(s, bare, seen, called)

    def judge(self, default: ast.Default, called: list[Bare]) -> Iterator[Diagnostic]:
        """The kinds of one default that a block called behind it has without it."""
        given = {a.name for a in default.args if a.name is not None}
        for name in default.kinds:
            kind = Kind.lookup(name.name)
            for block, kinds in called:
                layer = lacking(block, given, kind) if kind and kind.name not in kinds else None
                if layer is not None and kind is not None:
                    yield self.found(
                        name.span,
                        f"the `{kind.name}` layers of the block `{block.name.name}` are without "
                        "this `default`",
                        "holds from here on",
                        others=(Label(layer.head, "has none: its block is written before it"),),
                        help="a block has the defaults of where it is written: write the `default` "
                        "above it, or in it",
                    )
                    break


Bare = tuple[ast.Block, frozenset[str]]
"""A block, and the kinds that have a default where it is written or in it."""


def bare_blocks(body: tuple[ast.Stmt, ...], outer: frozenset[str]) -> Iterator[Bare]:
    """The blocks of a body, and those in them and in its networks."""
    for s in body:
        if isinstance(s, ast.Default):
            outer |= {k.name for k in (Kind.lookup(n.name) for n in s.kinds) if k is not None}
        elif isinstance(s, (ast.Block, ast.Network)):
            own = [n.name for d in nodes(s.body) if isinstance(d, ast.Default) for n in d.kinds]
            if isinstance(s, ast.Block):
                yield s, outer | {k.name for k in map(Kind.lookup, own) if k is not None}
            yield from bare_blocks(s.body, outer)


def reach(
    s: ast.Stmt, blocks: dict[str, list[Bare]], seen: set[str], called: dict[int, Bare]
) -> None:
    """Adds the blocks that a statement calls, directly or through each other."""
    todo = [w for w in dict.fromkeys(words(s)) if w not in seen]
    seen.update(todo)
    while todo:
        for block in blocks.get(todo.pop(), ()):
            called[block[0].span.start] = block
            new = [w for w in dict.fromkeys(words(block[0].body)) if w not in seen]
            seen.update(new)
            todo += new


def lacking(block: ast.Block, given: set[str], kind: type[Kind]) -> ast.Layer | None:
    """The first layer of a kind in a block that a default would give something."""
    layers = [n for n in nodes(block.body) if isinstance(n, ast.Layer)]
    families = {k.family for k in map(written_kind, layers) if k is not None}
    stands_for = {"norm": "norm", "act": "activation"}
    wanted = {name for name in given if stands_for.get(name) not in families}
    for layer in layers:
        own = {a.name for a in layer.args}
        if written_kind(layer) is kind and wanted - own and not wanted & own:
            return layer
    return None


def value_names(tree: ast.File) -> set[str]:
    """Names that may stand for a kind: parameters, lets, loops."""
    names: set[str] = set()
    for node in nodes(tree.body):
        if isinstance(node, ast.Param):
            names.add(node.name)
        elif isinstance(node, (ast.Let, ast.For)):
            names.add(node.name.name)
    return names


def arguments(tree: ast.File) -> list[object]:
    """Where a kind may be a value: arguments, lets, defaults of parameters."""
    found: list[object] = []
    for node in nodes(tree.body):
        if isinstance(node, (ast.Arg, ast.Let)):
            found.append(node.value)
        elif isinstance(node, ast.Param):
            found.append(node.default)
    return found
