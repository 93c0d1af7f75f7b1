"""Names that nothing uses: values, parameters, labels."""

from __future__ import annotations

from archdsl.lint.edits import delete_statement
from archdsl.lint.mentions import bodies, labels, words
from archdsl.lint.rule import Rule
from archdsl.syntax import ast
from archdsl.syntax.walk import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.lint.subject import Subject


class UnusedLet(Rule):
    """Nothing uses the value that a `let` names.

    Either it is left over, or the place that should use it has another number. A `let` in the body
    of a loop, a block or a network holds below it, for this round: `let w = w * 2` at the end of a
    `for` changes nothing in the next one.

    Wrong:

        input 784
        let width = 64
        FC-128(act=relu), FC-10

    Right:

        input 784
        let width = 64
        FC-width(act=relu), FC-10
    """

    id = "unused-let"
    of_design = False

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Lets whose name stands nowhere else in their body, or not below them."""
        for body in bodies(subject.tree):
            if not any(isinstance(s, ast.Let) for s in body):
                continue
            above = body is subject.tree.body  # blocks of a file know what stands below them too
            used = set(words(body)) if above else set()
            for stmt in reversed(body):
                if isinstance(stmt, ast.Let) and stmt.name.name not in used:
                    yield self.unused(stmt)
                used.update(words(stmt))

    def unused(self, let: ast.Let) -> Diagnostic:
        """The finding for a `let`."""
        name = let.name.name
        again = name in words(let.value)
        help = "a round of a loop, or a body, begins with the value that stands around it"
        return self.found(
            let.name.span,
            f"nothing uses `{name}`" + (" below" if again else ""),
            "named here",
            help=help if again else "use it, or take the line away",
            fix=delete_statement(let.span, f"take `{let.span.text}` away"),
        )


class UnusedParameter(Rule):
    """Nothing in a block or a network uses one of its parameters.

    Callers, and `--set` on the command line, may give it any value without effect.

    Wrong:

        block unit(out, stride=1) { conv3-out, relu }
        network N {
            input 3x32x32
            unit(8), unit(16, stride=2), gap, FC-10
        }

    Right:

        block unit(out, stride=1) { conv3-out/stride, relu }
        network N {
            input 3x32x32
            unit(8), unit(16, stride=2), gap, FC-10
        }
    """

    id = "unused-parameter"
    of_design = False

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Parameters whose name stands nowhere in the body, nor in another's default."""
        for node in nodes(subject.tree.body):
            if not isinstance(node, (ast.Block, ast.Network)) or not node.params:
                continue
            used = set(words((node.body, node.params)))
            what = "block" if isinstance(node, ast.Block) else "network"
            for param in node.params:
                if param.kind == "value" and param.name not in used:
                    yield self.found(
                        param.span,
                        f"nothing in the {what} `{node.name.name}` uses its parameter"
                        f" `{param.name}`",
                        "whatever it is given",
                        help="use it, or take it away here and in the calls",
                    )


class UnusedLabel(Rule):
    """Nothing refers to a label.

    A label also names the attribute of the generated module, and rows of reports and diagrams, so
    one without a reference can be meant: this is advice.

    Wrong:

        input 3x32x32
        stem: conv3-8
        relu, gap, FC-10

    Right:

        input 3x32x32
        stem: conv3-8
        add[ @stem | relu ], gap, FC-10
    """

    id = "unused-label"
    severity = "note"
    of_design = False

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Labels that stand behind no `@`, in no `share=` and no claim."""
        body = subject.tree.body
        used = {*labels(body), *words(body)}
        for node in nodes(body):
            if isinstance(node, ast.Line) and node.label is not None:
                name = node.label
                if name.name not in used:
                    yield self.found(
                        name.span,
                        f"nothing refers to `@{name.name}`",
                        help="it still names the layers in the generated module and in reports",
                    )
