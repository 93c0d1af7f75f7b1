"""A network after passes, and the base of a pass."""

from __future__ import annotations

from archdsl.ir.model import Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar

    from archdsl.ir.model import Module
    from archdsl.passes.moves import Moves


class Rewritten:
    """A network after some passes. `moves` has one entry a pass: what it did to the weights."""

    __slots__ = ("moves", "network")

    def __init__(self, network: Network, moves: tuple[Moves, ...] = ()) -> None:
        self.network = network
        self.moves = moves


class PassError(ValueError):
    """There is no such pass, level or option; the message says which there are."""


class Pass:
    """A rewrite of the IR that keeps what it says it keeps.

    `options` are its options with their defaults, which become attributes. `keeps` says what
    stays equal: outputs in evaluation, or training as well.
    """

    name: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    keeps: ClassVar[str] = "evaluation"  # or "training": outputs and gradients in both modes
    options: ClassVar[dict[str, int]] = {}

    def __init__(self, **options: int) -> None:
        """Raises PassError for an option that it has not."""
        for name in options:
            if name not in self.options:
                raise PassError(f"the pass {self.name} has no option {name!r}")
        self.values = {**self.options, **options}

    def run(self, network: Network) -> Rewritten:
        """The network after the pass; the very same where there is nothing to do."""
        raise NotImplementedError(self.name)


def with_module(network: Network, module: Module) -> Network:
    """The network with another graph; claims that were proven of the old one are left out."""
    if module is network.module:
        return network
    return Network(network.name, module, network.doc, (), network.train)
