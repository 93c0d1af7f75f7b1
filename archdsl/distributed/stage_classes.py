"""The class of a stage: it takes its submodules out of the whole network, and runs them."""

from __future__ import annotations

from archdsl.backends.torch.code import Expr, New
from archdsl.backends.torch.comments import join_shapes
from archdsl.backends.torch.forward import forward_lines
from archdsl.backends.torch.layout import lay_out
from archdsl.backends.torch.literals import docstring
from archdsl.backends.torch.plan import plan
from archdsl.backends.torch.rows import ROWS
from archdsl.backends.torch.unify import unify
from archdsl.distributed.pieces import stage_module
from archdsl.ir.model import Network, OpNode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.analysis.stages import Split
    from archdsl.backends.torch.plan import ClassPlan


def stage_lines(split: Split, k: int, root: str) -> list[str]:
    """The source of the class `Stage<k>` of a split network whose own class is `root`."""
    stage = split.stages[k]
    made = stage_module(split.chain, stage, f"Stage{k}")
    whole = _whole_class(Network(made.module.name, made.module))
    types = [tuple(split.chain.type_of(t) for t in ts) for ts in (stage.takes, stage.gives)]
    return [
        f"class Stage{k}(nn.Module):",
        *docstring([stage.title, "", f"{join_shapes(types[0])} -> {join_shapes(types[1])}"], 4),
        "",
        f"    def __init__(self, net: {root}) -> None:",
        "        super().__init__()",
        *_submodules(whole, made.sources),
        "",
        *forward_lines(whole),
    ]


def _whole_class(network: Network) -> ClassPlan:
    """The plan of a stage's own class: it gives plain tensors, in training and else alike."""
    classes = plan(network, _row)
    for one in classes:
        unify(one)
    classes[-1].is_root = False
    return classes[-1]


def _row(node: OpNode) -> New | Expr:
    return ROWS[type(node.op)](node.op, node.in_types)


def _submodules(whole: ClassPlan, sources: tuple[str, ...]) -> list[str]:
    lines = []
    for node, row, source in zip(whole.module.nodes, whole.rows[0], sources, strict=True):
        if node.shares is None and not isinstance(row, Expr):
            lines += lay_out(f"self.{node.name} = {source}", 8)
    return lines
