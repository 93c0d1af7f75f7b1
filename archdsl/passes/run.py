"""Runs passes over a network: by their names, or those of a level."""

from __future__ import annotations

from archdsl.passes.common import CommonSubexpressions
from archdsl.passes.dense import Dense
from archdsl.passes.drop_training import DropTraining
from archdsl.passes.fold_norms import FoldNorms
from archdsl.passes.merge_siblings import MergeSiblings
from archdsl.passes.pad_channels import PadChannels
from archdsl.passes.prune import DropUnused
from archdsl.passes.rewritten import Pass, PassError, Rewritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from archdsl.ir.model import Network

__all__ = ["LEVELS", "PASSES", "PassError", "Rewritten", "apply", "optimize"]

_ALL = (
    Dense,
    DropTraining,
    CommonSubexpressions,
    DropUnused,
    FoldNorms,
    MergeSiblings,
    PadChannels,
)

PASSES: dict[str, type[Pass]] = {one.name: one for one in _ALL}
"""All passes, in the order in which they do most together."""

LEVELS: dict[str, tuple[str, ...]] = {
    "none": (),
    "training": ("common-subexpressions", "drop-unused"),
    "inference": ("drop-training", "common-subexpressions", "fold-norms"),
}
"""The passes of each level: what pays, and keeps what the level is for."""


def optimize(network: Network, level: str) -> Rewritten:
    """The network after the passes of a level; raises PassError for a level that there is not.

    `training` keeps outputs and gradients in both modes, `inference` the outputs in evaluation
    and the gradients with respect to the inputs there.
    """
    if level not in list(LEVELS):  # whatever was given, hashable or not
        raise PassError(f"no level {level!r}: one of {', '.join(LEVELS)}")
    return apply(network, LEVELS[level])


def apply(network: Network, names: Sequence[str], **options: int) -> Rewritten:
    """The network after these passes, in this order; each option goes to the passes that have it.

    Raises PassError for a pass that there is not, and for an option that none of them has.
    """
    for name in names:
        if name not in PASSES:
            raise PassError(f"no pass {name!r}: one of {', '.join(PASSES)}")
    for option in options:
        if not any(option in PASSES[name].options for name in names):
            raise PassError(f"none of these passes has the option {option!r}")
    done = Rewritten(network)
    for name in names:
        kind = PASSES[name]
        step = kind(**{k: v for k, v in options.items() if k in kind.options}).run(done.network)
        done = Rewritten(step.network, done.moves + step.moves)
    return done
