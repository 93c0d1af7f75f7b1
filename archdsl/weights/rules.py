"""What each rule of the passes does to tensors, forwards and back."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from torch import Tensor

    Roles = dict[str, Tensor]
    Facts = dict[str, Any]
    Rule = Callable[[Roles, Facts, dict[str, str]], Roles]


def fold_norm(given: Roles, facts: Facts, new: dict[str, str]) -> Roles:
    """Kernel and bias of a layer with the norm behind it folded in, computed in float64."""
    factor, shift = _line(given, facts)
    kernel = given["kernel"]
    made = {"kernel": (kernel.double() * _spread(factor, kernel, facts)).to(kernel.dtype)}
    if "bias" in new:
        bias = given["bias"].double() if "bias" in given else 0.0
        made["bias"] = (bias * factor + shift).to(kernel.dtype)
    return made


def fold_input_norm(given: Roles, facts: Facts, new: dict[str, str]) -> Roles:
    """Kernel and bias of a layer with the norm before it folded in, computed in float64."""
    factor, shift = _line(given, facts)
    kernel = given["kernel"]
    wide = kernel.double()
    made = {"kernel": (wide * _spread_inputs(factor, kernel, facts)).to(kernel.dtype)}
    if "bias" in new:
        bias = given["bias"].double() if "bias" in given else 0.0
        axes = tuple(range(1, kernel.dim()))
        more = (wide * _spread_inputs(shift, kernel, facts)).sum(axes)
        made["bias"] = (bias + more).to(kernel.dtype)
    return made


def unfold_norm(given: Roles, facts: Facts, new: dict[str, str]) -> Roles:
    """The layer with its folded weights, and behind it a norm that takes nothing away.

    Where the layer had no bias the norm shifts; where the norm has no factor to undo the root of
    1 + eps, the kernel does.
    """
    kernel = given["kernel"]
    root = _root(facts)
    size = root if "factor" not in new else 1.0
    if facts["norm"] == "scale":
        size = 1.0 / facts["value"]
    made = {"kernel": kernel * size, **_neutral(kernel, facts, root)}
    if "bias" in given and "bias" in new:
        made["bias"] = given["bias"] * size
    elif "bias" in given and "shift" in new:
        made["shift"] = given["bias"]
    elif "bias" in given:
        made["mean"] = -given["bias"] * size
    return {role: made[role] for role in new}


def unfold_input_norm(given: Roles, facts: Facts, new: dict[str, str]) -> Roles:
    """The layer with its folded weights, and before it a norm that takes nothing away."""
    kernel = given["kernel"]
    root = _root(facts)
    size = root if "factor" not in new else 1.0
    if facts["norm"] == "scale":
        size = 1.0 / facts["value"]
    made = {**_neutral(kernel, facts, root), **given, "kernel": kernel * size}
    return {role: made[role] for role in new}


def reshape(given: Roles, facts: Facts, new: dict[str, str]) -> Roles:
    """The matrix of an FC as the kernel of a convolution: channels, then positions."""
    return {"kernel": given["kernel"].reshape(facts["after"])}


def reshape_back(given: Roles, facts: Facts, new: dict[str, str]) -> Roles:
    """The kernel of a convolution as the matrix of an FC."""
    return {"kernel": given["kernel"].reshape(facts["before"])}


def join(given: Roles, facts: Facts, new: dict[str, str]) -> Roles:
    """Weights of several layers as those of one, its outputs one after another."""
    import torch

    return {"all": torch.cat([given[str(k)] for k in range(len(facts["sizes"]))])}


def part(given: Roles, facts: Facts, new: dict[str, str]) -> Roles:
    """Weights of one layer as those of several."""
    parts = given["all"].split(facts["sizes"])
    return {str(k): tensor.clone() for k, tensor in enumerate(parts)}


def pad(given: Roles, facts: Facts, new: dict[str, str]) -> Roles:
    """A tensor with more elements at the end of its axes."""
    old = given["all"]
    made = old.new_full(facts["after"], facts["fill"])
    made[tuple(slice(n) for n in old.shape)] = old
    return {"all": made}


def cut(given: Roles, facts: Facts, new: dict[str, str]) -> Roles:
    """A tensor without the elements that were added."""
    return {"all": given["all"][tuple(slice(n) for n in facts["before"])].clone()}


def _line(given: Roles, facts: Facts) -> tuple[Any, Any]:
    """Factor and shift of each channel, or one for all, in float64."""
    if facts["norm"] == "scale":
        return facts["value"], 0.0
    factor = given["factor"].double() if "factor" in given else 1.0
    shift = given["shift"].double() if "shift" in given else 0.0
    if "var" in given:
        factor = factor / (given["var"].double() + facts["eps"]).sqrt()
        shift = shift - given["mean"].double() * factor
    return factor, shift


def _root(facts: Facts) -> float:
    """What a norm of variance 1 divides by."""
    return float((1.0 + facts.get("eps", 0.0)) ** 0.5)


def _neutral(kernel: Tensor, facts: Facts, root: float) -> Roles:
    """All that a norm may hold, so that it changes nothing if it has a factor."""
    import torch

    zeros = torch.zeros(facts["channels"], dtype=kernel.dtype, device=kernel.device)
    return {
        "factor": zeros + root,
        "shift": zeros.clone(),
        "mean": zeros.clone(),
        "var": zeros + 1.0,
        "count": torch.zeros((), dtype=torch.int64, device=kernel.device),
    }


def _spread(numbers: Any, kernel: Tensor, facts: Facts) -> Any:
    """One number for each output channel, laid along the kernel's axis of outputs."""
    if not hasattr(numbers, "view"):
        return numbers
    ones = (1,) * (kernel.dim() - 2)
    if facts["axis"] == "first":
        return numbers.view(-1, 1, *ones)
    groups, inputs, outputs = facts["groups"], kernel.shape[0], kernel.shape[1]
    each = numbers.view(groups, 1, outputs).expand(groups, inputs // groups, outputs)
    return each.reshape(inputs, outputs, *ones)


def _spread_inputs(numbers: Any, kernel: Tensor, facts: Facts) -> Any:
    """One number for each input channel, laid along the axes of a kernel (out, in/groups, …)."""
    if not hasattr(numbers, "view"):
        return numbers
    groups, outputs, inputs = facts["groups"], kernel.shape[0], kernel.shape[1]
    each = numbers.view(groups, 1, inputs).expand(groups, outputs // groups, inputs)
    return each.reshape(outputs, inputs, *(1,) * (kernel.dim() - 2))


RULES: dict[str, tuple[Rule, Rule]] = {
    "fold-norm": (fold_norm, unfold_norm),
    "fold-input-norm": (fold_input_norm, unfold_input_norm),
    "reshape": (reshape, reshape_back),
    "join": (join, part),
    "pad": (pad, cut),
}
