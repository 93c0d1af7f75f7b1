"""Warm start: a deeper network's first and last layers from a shallower one that has learned."""

from __future__ import annotations

from archdsl.weights.errors import PortError
from archdsl.weights.fit import fits, turn
from archdsl.weights.layers import Layer, group
from archdsl.weights.port import Pair, Ported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor, nn

    Unit = list[Layer]


def warm_start(
    shallow: Mapping[str, Tensor], deep: nn.Module, first: int = 4, last: int = 3
) -> Ported:
    """The `state_dict` of `deep` with the first and last weight layers of `shallow` in it.

    The rest keeps the weights that `deep` was made with. Simonyan and Zisserman 2014, section
    3.1, so start VGG-B to VGG-E with the first four convolutions and the three FC layers of
    VGG-A. Each layer goes to the next one (from the front, or from the back) of the same shape,
    with the norms behind it. Raises PortError where there is none.
    """
    given, wanted = _units(shallow), _units(deep.state_dict())
    if first + last > len(given):
        raise PortError(
            f"the shallower network has {len(given)} layers with weights, not {first} + {last}"
        )
    front = _places(given[:first], wanted, "from the front")
    back = _places(given[::-1][:last], wanted[::-1], "from the back")
    places = front + [len(wanted) - 1 - i for i in reversed(back)]
    if len(front) and len(back) and front[-1] >= len(wanted) - 1 - back[-1]:
        raise PortError("the first and the last layers would meet: take fewer of them")
    chosen = given[:first] + given[len(given) - last :]
    tensors = {key: t.detach().clone() for key, t in deep.state_dict().items()}
    pairs = []
    for unit, place in zip(chosen, places, strict=True):
        for one, other in zip(unit, wanted[place], strict=True):
            pairs += _copy(one, other, shallow, tensors)
    return Ported(tensors, tuple(pairs), ())


def _copy(
    one: Layer, other: Layer, shallow: Mapping[str, Tensor], tensors: dict[str, Tensor]
) -> list[Pair]:
    pairs = []
    for role, target in other.tensors.items():
        key = one.tensors[role].key
        tensors[target.key] = shallow[key].detach().reshape(target.shape).clone()
        how = turn(one.tensors[role], target.shape) or ""
        pairs.append(Pair(key, target.key, target.shape, how))
    if one.counter is not None and other.counter is not None:
        tensors[other.counter] = shallow[one.counter].clone()
        pairs.append(Pair(one.counter, other.counter, (), ""))
    return pairs


def _units(state: Mapping[str, Tensor]) -> list[Unit]:
    """Layers with a matrix or a kernel, each with the norms behind it."""
    units: list[Unit] = []
    for layer in group((key, tuple(tensor.shape)) for key, tensor in state.items()):
        matrix = any(len(stored.shape) > 1 for stored in layer.tensors.values())
        if matrix or not units:
            units.append([])
        units[-1].append(layer)
    return units


def _places(given: list[Unit], wanted: list[Unit], whence: str) -> list[int]:
    """For each unit the next place that it fits."""
    places: list[int] = []
    for unit in given:
        start = places[-1] + 1 if places else 0
        found = (i for i in range(start, len(wanted)) if _fits(unit, wanted[i]))
        place = next(found, None)
        if place is None:
            raise PortError(f"no layer of the deeper network, {whence}, takes {unit[0].describe()}")
        places.append(place)
    return places


def _fits(unit: Unit, other: Unit) -> bool:
    return len(unit) == len(other) and all(map(fits, unit, other))
