"""What the torch back end refuses, and why."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError


class EmitError(ArchError):
    """The torch back end cannot write or build this network."""


class SourceTooLarge(EmitError):
    """The PyTorch source of the network would be too long.

    Blocks and repeats are written once however often they run, so only a spec with very many
    different layers comes near the limit. Say with a repeat or a block what recurs.
    """

    id = "source-too-large"


class ModuleTooLarge(EmitError):
    """A live module of the network would hold too many submodules, or take too much memory.

    A repeat costs the checker nothing, but a live network holds every repetition, and every
    parameter of it takes four bytes. Its source can still be written; `max_bytes=` of `module`
    allows more memory than 64 GiB.
    """

    id = "module-too-large"


class NotEmittable(EmitError):
    """PyTorch has no way to say this, or two uses of shared weights differ in more than input.

    `share=a` uses the layer `a` once more: kernel, stride and all other attributes are those of
    `a`. Only an embedding and an `FC` without bias may share weights across kinds.
    """

    id = "not-emittable"


class TorchMissing(EmitError):
    """Live modules need torch, and it is not installed.

    Checking, reports, diagrams and PyTorch source need none; `pip install "archdsl[torch]"`
    installs it.
    """

    id = "torch-missing"
