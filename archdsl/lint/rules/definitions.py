"""Definitions that nothing uses: blocks, what a `use` brings, defaults."""

from __future__ import annotations

from archdsl.files import read_used
from archdsl.lint.edits import delete_name, delete_statement
from archdsl.lint.mentions import bodies, words
from archdsl.lint.rule import Rule
from archdsl.lint.subject import kind_of
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
            for at, s in enumerate(body):
                if isinstance(s, ast.Default):
                    yield from self.judge(s, body[at + 1 :], values, referred)

    def judge(
        self, default: ast.Default, rest: tuple[ast.Stmt, ...], values: set[str], referred: set[str]
    ) -> Iterator[Diagnostic]:
        """The kinds of one default that none of the statements behind it mentions."""
        found = list(words(rest))
        if any(isinstance(n, ast.Layer) and n.name.name in values for n in nodes(rest)):
            return  # a parameter may be any kind
        used = {k.name for k in map(kind_of, found) if k is not None} | referred
        if "residual" in used:
            used |= PROJECTIONS
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
