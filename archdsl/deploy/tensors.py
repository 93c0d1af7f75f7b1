"""safetensors: the weights, and in their header the spec that they belong to."""

from __future__ import annotations

import json
import struct

from archdsl.deploy import header
from archdsl.deploy.errors import ToolMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from archdsl.deploy.subject import Subject

ALIGNMENT = 8  # of the numbers behind the header


def safetensors(subject: Subject) -> bytes:
    """The module's `state_dict` with the spec's text, network and settings in the metadata.

    Raises ToolMissing, and BrokenBundle where the text alone does not give the network.
    """
    state = subject.module.state_dict()
    bundle = header.write(subject.bundle, subject.version, subject.logits)
    header.read({header.KEY: bundle})  # what nobody could open is not written
    return pack(state, {header.KEY: bundle, "network": subject.network.name})


def pack(state: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """Tensors as a file; the same bytes each time. Raises ToolMissing."""
    try:
        from safetensors.torch import save
    except ImportError:
        raise ToolMissing(
            "safetensors is not installed", help='pip install "archdsl[torch]"'
        ) from None
    # A view keeps a whole storage alive, and two views of one cannot be saved.
    plain = {key: tensor.clone().contiguous() for key, tensor in state.items()}
    data: bytes = save(plain)
    (length,) = struct.unpack("<Q", data[:8])
    # The library writes metadata in an order that changes from run to run.
    head = {"__metadata__": {"format": "pt", **metadata}, **json.loads(data[8 : 8 + length])}
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return struct.pack("<Q", len(text)) + text + data[8 + length :]
