"""The engines that forms are made by: kept quiet, compared with the module, and blamed by kind."""

from __future__ import annotations

import re
from contextlib import contextmanager

from archdsl.deploy.errors import NotDeployable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any, TypeVar

    from torch import Tensor, nn

    from archdsl.deploy.subject import Subject
    from archdsl.ir.model import OpNode

    Made = TypeVar("Made")

TOLERANCE = 1e-4  # of the largest output: other engines add up in other orders
LOST = 0.01  # of the largest output: a module that is so far from the truth proves nothing
MANY = 16  # examples on which a module's own rounding is measured
TINY = 1e-30
BATCHES = (1, 3)  # none of them is the one that was traced
MOST_BLAMED = 200  # kinds with attributes that are tried one by one
REFUSALS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What engines raise where they cannot do a layer."""


class Differs(Exception):
    """A form that gives other numbers than the module."""


@contextmanager
def quiet() -> Iterator[None]:
    """Engines say nothing: warnings and logs of theirs are about their own insides."""
    import logging
    import warnings

    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def attempt(subject: Subject, engine: str, work: Callable[[Subject], Made]) -> Made:
    """What `work` makes of the subject. Raises NotDeployable, which names the kind at fault."""
    subject.module  # noqa: B018  what is wrong with the module or its weights is no engine's fault
    try:
        return work(subject)
    except (Differs, *REFUSALS) as problem:
        found = blame(subject, work)
        name = subject.network.name
        if found is None:
            text = f"{engine} takes each layer of `{name}`, but not all together: {line(problem)}"
            raise NotDeployable(text) from problem
        node, why = found
        raise NotDeployable(
            f"{engine} cannot take the kind `{node.op.name}` of `{name}`"
            f" (`{node.op.text()}` on {', '.join(map(str, node.in_types))}): {line(why)}"
        ) from problem


def blame(subject: Subject, work: Callable[[Subject], Any]) -> tuple[OpNode, Exception] | None:
    """The first layer that fails alone as well, and why."""
    from archdsl.analysis.walk import layers

    tried: set[tuple[object, ...]] = set()
    for layer in layers(subject.network.module, fold=True):
        key = (layer.op.text(), *map(str, layer.in_types))
        if key in tried or layer.node.shares is not None:
            continue
        tried.add(key)
        if len(tried) > MOST_BLAMED:
            return None
        subject.tell(f"looking at {layer.op.text()}")
        try:
            work(alone(subject, layer.node))
        except (Differs, *REFUSALS) as problem:
            return layer.node, problem
    return None


def alone(subject: Subject, node: OpNode) -> Subject:
    """A network of a single layer."""
    from archdsl.deploy.subject import Subject
    from archdsl.ir.model import Module, Network, OpNode, Output, Port

    inputs = tuple((-1, i) for i in range(len(node.in_types)))
    ports = tuple(Port(f"x{i}", t, node.span) for i, t in enumerate(node.in_types))
    outputs = tuple(Output(f"y{i}", (0, i)) for i in range(len(node.outputs)))
    copy = OpNode(
        node.op, node.in_types, "layer", inputs, node.outputs, node.span, 0, None, node.init
    )
    module = Module("Layer", "network", 0, (), ports, (copy,), outputs, {}, node.span)
    network = Network("Layer", module)
    return Subject(network, subject.spec_name, lambda: subject.bundle, version=subject.version)


def compare(subject: Subject, run: Callable[..., Any], exact: bool = False) -> None:
    """Raises Differs where `run` gives other outputs than the subject's module."""
    check_equal(subject, subject.module, run, 0.0 if exact else TOLERANCE)


def check_equal(
    subject: Subject, module: nn.Module, run: Callable[..., Any], tolerance: float = TOLERANCE
) -> None:
    """Raises Differs where `run` gives other outputs than a module of the subject's network."""
    import torch

    from archdsl.deploy.subject import examples

    for batch in BATCHES:
        inputs = examples(subject.network, module, batch)
        with torch.no_grad():
            wanted, given = as_tuple(module(*inputs)), as_tuple(run(*inputs))
        if len(wanted) != len(given):
            raise Differs(f"it gives {len(given)} outputs, the module {len(wanted)}")
        for at, (one, other) in enumerate(zip(wanted, given, strict=True)):
            name = subject.output_names[at]
            if one.shape != other.shape:
                raise Differs(f"`{name}` is {tuple(other.shape)}, in the module {tuple(one.shape)}")
            far, scale = distance(one, other), reach(one)
            if far > tolerance * scale and not (
                tolerance and far <= 2 * rounding(subject, module)[at] * scale
            ):
                raise Differs(f"`{name}` differs by {far:.2g} where it reaches {scale:.2g}")


def rounding(subject: Subject, module: nn.Module) -> list[float]:
    """How far a module's outputs are from those of 64 bits, of the largest; 0 for too far.

    Some weights enlarge what 32 bits round off, for a few examples more than for most.
    """
    from copy import deepcopy

    import torch

    from archdsl.deploy.subject import examples

    inputs = examples(subject.network, module, MANY)
    wide = tuple(x.double() if x.is_floating_point() else x for x in inputs)
    with torch.no_grad():
        true = as_tuple(deepcopy(module).double()(*wide))
        pairs = zip(true, as_tuple(module(*inputs)), strict=True)
        own = [distance(one, other) / max(reach(one), TINY) for one, other in pairs]
    return [share if share < LOST else 0.0 for share in own]


def distance(one: Tensor, other: Tensor) -> float:
    """The largest difference; equal infinities are none, and no number differs from all."""
    far = (one.double() - other.double()).abs()
    far[(one == other) | (one.isnan() & other.isnan())] = 0
    return float(far.nan_to_num(float("inf"), float("inf")).max())


def reach(tensor: Tensor) -> float:
    """The largest finite number."""
    return float(tensor.double().abs().nan_to_num(0, 0, 0).max())


def as_tuple(outputs: Tensor | tuple[Tensor, ...] | list[Tensor]) -> tuple[Tensor, ...]:
    """One or several outputs as a tuple."""
    return tuple(outputs) if isinstance(outputs, (tuple, list)) else (outputs,)


def line(problem: BaseException) -> str:
    """The first line of what an engine says at the bottom of its own layers."""
    while problem.__cause__ is not None:
        problem = problem.__cause__
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))
    lines = [part.strip() for part in text.splitlines() if part.strip()]
    return (lines[0] if lines else type(problem).__name__)[:200]
