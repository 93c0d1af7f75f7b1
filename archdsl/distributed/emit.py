"""The launchers by name: programs beside a network's own source that train it on many devices."""

from __future__ import annotations

from archdsl.distributed.pipeline import pipeline_source
from archdsl.distributed.replicas import replicas_source
from archdsl.distributed.towers import towers_source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.ir.model import Network

ENDINGS = {"pipeline": "stages", "ddp": "ddp", "fsdp": "fsdp", "towers": "towers"}
"""Ways of sharing the work, and how the names of their programs end."""


def launcher(
    network: Network, way: str, stages: int, *, spec_name: str, stem: str, logits: bool = False
) -> str:
    """The program that trains a network in a way of `ENDINGS`; `stem`.py holds the network.

    `stages` is how many a pipeline has; `logits` says that the source was made without a final
    softmax. Raises TooManyStages, NotDistributable or another EmitError.
    """
    if logits:
        from archdsl.passes.logits import drop_final_softmax

        network = drop_final_softmax(network)
    if way == "pipeline":
        return pipeline_source(network, stages, spec_name=spec_name, stem=stem)
    if way == "towers":
        return towers_source(network, spec_name=spec_name, stem=stem)
    return replicas_source(network, way, spec_name=spec_name, stem=stem)
