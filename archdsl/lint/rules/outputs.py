"""What a network gives: outputs that nobody takes, softmax under a loss, too narrow a view."""

from __future__ import annotations

from archdsl.analysis.receptive import receptive_fields
from archdsl.analysis.walk import folded_size, layers
from archdsl.diagnostics.model import Fix, Label
from archdsl.ir.model import Network, Recipe
from archdsl.lint.edits import delete_step
from archdsl.lint.links import Site
from archdsl.lint.mentions import labels
from archdsl.lint.rule import Rule
from archdsl.syntax import ast
from archdsl.syntax.walk import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from archdsl.diagnostics.model import Diagnostic
    from archdsl.lint.subject import Subject

MAX_LAYERS = 100_000  # of a network whose receptive field is walked


class UnusedOutput(Rule):
    """A block gives several results, and nothing in the file takes one of them.

    What computes it runs all the same. In a file of blocks alone others may take it, so there is
    no finding.

    Wrong:

        block encode {
            output early: conv3-8(act=relu)
            conv3-16(act=relu)
        }
        network N {
            input 3x32x32
            encode, gap, FC-10
        }

    Right:

        block encode {
            output early: conv3-8(act=relu)
            conv3-16(act=relu)
        }
        network N {
            input 3x32x32
            e: encode
            concat[ @e | @e.early ], gap, FC-10
        }
    """

    id = "unused-output"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Outputs of blocks whose name no reference reaches for."""
        if subject.is_library:
            return
        called = {m.name for m in subject.links.modules if m.kind == "block"}
        reached = set(labels(subject.tree.body))
        for node in nodes(subject.tree.body):
            if not isinstance(node, ast.Block) or node.name.name not in called:
                continue
            outputs = [n for n in nodes(node.body) if isinstance(n, ast.Output)]
            many = len({o.name.name for o in outputs}) > 1 or any(
                len(m.outputs) > 1 for m in subject.links.modules if m.name == node.name.name
            )
            for output in outputs if many else ():
                if output.name.name not in reached:
                    yield self.found(
                        output.name.span,
                        f"nothing takes the output `{output.name.name}` of `{node.name.name}`",
                        "given here",
                        help=f"take it as `@call.{output.name.name}`, or take the output away",
                    )


class SoftmaxBeforeLoss(Rule):
    """A network ends in a softmax, and trains with a loss that applies one itself.

    `cross_entropy` takes scores (logits): it computes the softmax and the logarithm together, which
    is exact where the two apart are not. After a softmax it takes the softmax of probabilities, and
    learns slowly. `nll` takes logarithms, so `logsoftmax` is right before it, and `softmax` is not.
    For use without training, a softmax can be put behind the trained network.

    Wrong:

        input 784
        FC-64(act=relu), FC-10, soft-max
        train { loss = cross_entropy }

    Right:

        input 784
        FC-64(act=relu), FC-10
        train { loss = cross_entropy }
    """

    id = "softmax-before-loss"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Outputs that a softmax makes, of networks with such a loss."""
        seen = set()
        for network in subject.design.networks:
            loss = dict(network.train).get("loss")
            name = loss.name if isinstance(loss, Recipe) else ""
            wrong = {"cross_entropy": ("softmax", "logsoftmax"), "nll": ("softmax",)}.get(name, ())
            for output in network.module.outputs:
                last = subject.links.last_layer(network.module, output)
                if last is not None and last.op.name in wrong and last.span.start not in seen:
                    seen.add(last.span.start)
                    yield self.report(subject, last, name)

    def report(self, subject: Subject, last: Site, loss: str) -> Diagnostic:
        """The finding for one softmax."""
        layer = subject.layer(last.span)
        fact = next((a for a in facts(subject) if a.name == "loss"), None)
        others = (Label(fact.span, "the loss"),) if fact is not None else ()
        fix: Fix | None = None
        if layer is not None and subject.is_step(last):
            fix = delete_step(subject, layer)
            if loss == "nll":
                fix = Fix(layer.head, "logsoftmax", "write `logsoftmax`")
        wants = "takes scores, and applies a softmax itself"
        if loss == "nll":
            wants = "takes logarithms of probabilities"
        return self.found(
            last.span,
            f"the loss `{loss}` {wants}",
            f"gives {'probabilities' if last.op.name == 'softmax' else 'logarithms'}",
            help="take the softmax away" if loss != "nll" else "write `logsoftmax`",
            others=others,
            fix=fix,
        )


def facts(subject: Subject) -> Iterator[ast.Arg]:
    """The training facts of a file."""
    for node in nodes(subject.tree.body):
        if isinstance(node, ast.Train):
            yield from node.facts


class NarrowView(Rule):
    """A network gives one answer for its whole input, and never looks at all of it.

    The last map has a single position, and its receptive field is smaller than the input: what
    lies outside of it changes nothing. A global pool, attention or a fully connected layer on the
    flattened map sees everything.

    Wrong:

        input 3x32x32
        conv3-8(act=relu), conv3-16(act=relu), conv3-10, crop(1), flatten

    Right:

        input 3x32x32
        conv3-8(act=relu), conv3-16(act=relu), conv3-10, gap, flatten
    """

    id = "narrow-view"

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Networks whose single last position sees less than the input."""
        for network in subject.design.networks:
            module = network.module
            if len(module.inputs) != 1 or len(module.outputs) != 1:
                continue
            x, y = module.inputs[0].type, module.output_types()[0]
            if not x.is_map or y.numel != y.channels or y.layout not in (x.layout, "vector"):
                continue
            found = self.judge(subject, network)
            if found is not None:
                yield found
                return

    def judge(self, subject: Subject, network: Network) -> Diagnostic | None:
        """The finding for a network, if its last layer sees too little."""
        module = network.module
        last = subject.links.last_layer(module, module.outputs[0])
        if last is None or folded_size(module) > MAX_LAYERS:
            return None
        field = None
        for layer, seen in zip(
            layers(module, fold=True), receptive_fields(module, fold=True), strict=True
        ):
            if layer.node is last.node:
                field = seen
        size = module.inputs[0].type.spatial
        if field is None or field.whole or not field.size:
            return None
        if all(seen >= n for seen, n in zip(field.size, size, strict=True)):
            return None
        whole = "x".join(map(str, size))
        seen_of = "x".join(map(str, field.size))
        return self.found(
            last.span,
            f"the only position of the answer sees {seen_of} of {whole}",
            f"receptive field {field}",
            notes=(f"{100 * covered(field.size, size):.0f} % of the input, padding not counted",),
            help="end in `gap` or a fully connected layer, pool more, or take larger kernels",
        )


def covered(seen: tuple[int, ...], size: tuple[int, ...]) -> float:
    """Which part of the input a field covers."""
    part = 1.0
    for s, n in zip(seen, size, strict=True):
        part *= min(s, n) / n
    return part
