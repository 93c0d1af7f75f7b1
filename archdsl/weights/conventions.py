"""How libraries name and lay out the tensors of a layer: one table."""

from __future__ import annotations

import re

FIRST = "channels first"  # (out, in, height, width) and (out, in), as PyTorch has them
LAST = "channels last"  # (height, width, in, out) and (in, out), as Keras and JAX have them

LEAVES: dict[str, tuple[str, str]] = {
    # PyTorch, timm, Caffe2
    "weight": ("weight", FIRST),
    "bias": ("bias", FIRST),
    "running_mean": ("mean", FIRST),
    "running_var": ("var", FIRST),
    "num_batches_tracked": ("counter", FIRST),
    # Keras and TensorFlow
    "kernel": ("weight", LAST),
    "depthwise_kernel": ("weight", LAST),
    "depthwise_weights": ("weight", LAST),
    "weights": ("weight", LAST),
    "biases": ("bias", FIRST),
    "embeddings": ("weight", FIRST),
    "gamma": ("weight", FIRST),
    "beta": ("bias", FIRST),
    "moving_mean": ("mean", FIRST),
    "moving_variance": ("var", FIRST),
    "moving_var": ("var", FIRST),
    # Flax
    "embedding": ("weight", FIRST),
    "scale": ("weight", FIRST),
    "mean": ("mean", FIRST),
    "var": ("var", FIRST),
}
"""The last word of a key: (what the tensor is to its layer, how its axes are ordered)."""

SHORTCUT = frozenset({"downsample", "shortcut", "skip", "projection", "identity"})
"""Words for the layers beside a residual body."""

_BY_LENGTH = sorted(LEAVES, key=len, reverse=True)
_WORD = re.compile(r"[a-z]+")
_COUNTER_OF_TENSORFLOW = re.compile(r":[0-9]+$")


class Name:
    """A key taken apart: the layer's path, the tensor's role in it, the order of its axes."""

    __slots__ = ("layout", "path", "role")

    def __init__(self, path: tuple[str, ...], role: str, layout: str) -> None:
        self.path = path
        self.role = role
        self.layout = layout


def split(key: str) -> Name:
    """A key of a checkpoint taken apart: `layer1.0.bn1.running_var`, `block1_conv1/kernel:0`.

    A last word that is in no convention (`cls_token`) is a layer with one weight.
    """
    parts = _COUNTER_OF_TENSORFLOW.sub("", key).replace("/", ".").split(".")
    leaf = parts.pop()
    if leaf in LEAVES:
        return Name(tuple(parts), *LEAVES[leaf])
    for word in _BY_LENGTH:
        if leaf.endswith("_" + word):  # `in_proj_weight`, `stage1_bn0_gamma`
            return Name((*parts, leaf[: -len(word) - 1]), *LEAVES[word])
    return Name((*parts, leaf), "weight", FIRST)


def is_shortcut(path: tuple[str, ...]) -> bool:
    """Whether a path says that the layer stands beside a residual body."""
    return any(word in SHORTCUT for part in path for word in _WORD.findall(part.lower()))
