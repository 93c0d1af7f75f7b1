"""Joins that join nothing."""

from __future__ import annotations

from archdsl.diagnostics.model import Label
from archdsl.lint.rule import Rule
from archdsl.lint.subject import kind_of
from archdsl.ops.join import Join
from archdsl.syntax import ast
from archdsl.syntax.walk import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.lint.subject import Subject


class LoneBranch(Rule):
    """A join is written with one branch, which it then is.

    A comma means "then", so layers with commas between them are one branch. Branches are divided by
    `|`. There is no finding where an `if`, a `for` or `@xs[*]` makes the branches.

    Wrong:

        input 3x32x32
        concat[ conv1-8, conv3-8 ]
        relu, gap, FC-10

    Right:

        input 3x32x32
        concat[ conv1-8 | conv3-8 ]
        relu, gap, FC-10
    """

    id = "lone-branch"
    of_design = False

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Joins of the text with one branch that is plain steps."""
        for node in nodes(subject.tree.body):
            if not isinstance(node, ast.Layer) or node.branches is None or len(node.branches) != 1:
                continue
            kind = kind_of(node.name.name)
            branch = node.branches[0]
            steps = [step for line in branch.lines for step in line.steps]
            if kind is None or not issubclass(kind, Join) or any(map(makes_branches, steps)):
                continue
            yield self.found(
                node.name.span,
                f"`{kind.name}` joins only one branch",
                "nothing to join",
                others=(Label(branch.span, 'one branch: a comma means "then"'),),
                help=f"write `|` between branches, `identity |` for the tensor itself, or take "
                f"`{kind.name}[ ]` away",
            )


def makes_branches(step: ast.Step) -> bool:
    """Whether a step stands for any number of branches."""
    if isinstance(step, ast.Ref):
        return ("all", None) in step.trail
    return isinstance(step, (ast.If, ast.For))
