"""Small networks of many shapes, with weights that let signals through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import archdsl
from tests.oracle.libraries import randomize

IMAGE = """\
use std/resnet: basic
use std/se: se
network image {
    input 3x16x16
    default conv (norm=bn, act=relu)
    conv3-8, basic(8), basic(16, stride=2), se(16)
    inception: concat[ conv1-4 | conv3-4 | maxpool3/1(pad=1), conv1-4 ]
    dropout-0.5, gap, FC-5, soft-max
}
"""
SEVERAL = """\
network several {
    input left: 1x8x8
    input right: 1x8x8
    a: @left, conv3-4(act=relu)
    b: @right, conv3-4(act=tanh)
    both: sub[ @a | @b ]
    output map: @both
    output score: @both, flatten, FC-3
}
"""
WORDS = """\
use std/transformer: encoder_pre
network words {
    input tokens 6
    embed(20, 8), posembed
    encoder_pre(2, mlp=2)
    lstm-5, FC-3
}
"""
TRAINED = """\
network trained {
    input 3x8x8
    default conv + FC (act=relu)
    stem: conv3-4
    output(train, weight=0.3) side: @stem, gap, FC-2
    output main: @stem, conv3-4, gap, FC-2
}
"""
TINY = """\
network tiny {
    input 1x4x4
    conv3-2(norm=bn, act=relu), FC-3
}
"""
SPECS = {"image": IMAGE, "several": SEVERAL, "words": WORDS, "trained": TRAINED}


def weights_of(net: archdsl.Net, folder: Path) -> tuple[nn.Module, str]:
    """A module with random weights and statistics in eval mode, and the file that holds them."""
    module = randomize(net.module()).eval()
    path = folder / "weights.safetensors"
    save_file({k: t.clone() for k, t in module.state_dict().items()}, str(path))
    return module, str(path)


def inputs_of(net: archdsl.Net, batch: int, words: int = 20) -> tuple[Tensor, ...]:
    """Random inputs of a batch."""
    draw = torch.Generator().manual_seed(batch)
    out = []
    for port in net.ir.module.inputs:
        shape = (batch, *port.type.dims)
        tokens = port.type.layout == "tokens"
        out.append(
            torch.randint(words, shape, generator=draw)
            if tokens
            else torch.randn(shape, generator=draw)
        )
    return tuple(out)


def outputs_of(found: Any) -> list[Tensor]:
    """One or several outputs as a list."""
    many = list(found) if isinstance(found, (tuple, list)) else [found]
    assert all(isinstance(y, Tensor) for y in many)
    return many
