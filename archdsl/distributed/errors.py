"""What the launchers refuse, and why."""

from __future__ import annotations

from archdsl.backends.torch.errors import EmitError


class NotDistributable(EmitError):
    """No program can be written that trains this network on several devices.

    A launcher knows one target for all outputs; its file imports that of the network, whose name
    must be one that Python can import; and a way of parallel training may not fit the network.
    """

    id = "not-distributable"
