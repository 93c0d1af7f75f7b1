"""What a layer kind is: typed fields, a shape rule, weights and MACs, all in one class."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError
from archdsl.tensor import TensorType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import ClassVar


class Dims(tuple[int, ...]):
    """A value written with `x` between its numbers: `3x3`, `1x2x2`."""

    __slots__ = ()

    def __str__(self) -> str:
        return "x".join(map(str, self))


class LayerRef:
    """A kind with some of its attributes, as a value: `act=relu`, `norm=bn(eps=1e-3)`."""

    __slots__ = ("attrs", "kind")

    def __init__(self, kind: type[Kind], attrs: tuple[tuple[str, object], ...] = ()) -> None:
        self.kind = kind
        self.attrs = attrs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LayerRef) and self.kind is other.kind and self.attrs == other.attrs

    def __hash__(self) -> int:
        return hash((self.kind, self.attrs))

    def __str__(self) -> str:
        inside = ", ".join(f"{k}={show(v)}" for k, v in self.attrs)
        return self.kind.name + (f"({inside})" if inside else "")


def show(value: object) -> str:
    """A value as the language writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "none"
    if isinstance(value, Dims):
        return str(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(show(v) for v in value) + "]"
    return str(value)


class FieldError(Exception):
    """A value that a field does not take; the text says what it wants: `a positive integer`."""


REQUIRED = object()


class Field:
    """An attribute of a kind: its name, what values it takes, its default and one line on it.

    `convert` returns the value to keep or raises `FieldError(what it wants)`. `choices` are the
    words that may be written bare: `pad=valid`.
    """

    __slots__ = ("choices", "convert", "default", "doc", "name", "takes")

    def __init__(
        self,
        name: str,
        convert: Callable[[object], object],
        default: object = REQUIRED,
        doc: str = "",
        choices: tuple[str, ...] = (),
        takes: str = "",
    ) -> None:
        self.name = name
        self.convert = convert
        self.default = default
        self.doc = doc
        self.choices = choices
        self.takes = takes


class Weight:
    """A tensor that a layer holds.

    `role` is `param` (trained), `frozen` (a parameter that is not trained) or `buffer` (state
    such as BatchNorm's running mean). `fan_in` is the number of inputs that feed one output
    (0 where initialization by fan does not apply); `fan_out` likewise.
    """

    __slots__ = ("fan_in", "fan_out", "name", "role", "shape")

    def __init__(
        self,
        name: str,
        shape: tuple[int, ...],
        role: str = "param",
        fan_in: int = 0,
        fan_out: int = 0,
    ) -> None:
        self.name = name
        self.shape = shape
        self.role = role
        self.fan_in = fan_in
        self.fan_out = fan_out

    @property
    def numel(self) -> int:
        """Number of elements; a scalar has one."""
        n = 1
        for d in self.shape:
            n *= d
        return n


class Kind:
    """A layer kind. A subclass says all that the compiler knows about it.

    The first of `names` is canonical. `digits`, `dash` and `slash` name the fields that the
    shorthand `conv3-64/2` fills, `positional` those that `kind(a, b)` fills in order.
    An instance holds the field values as attributes of the same names; it knows nothing about
    its input, which every method is given as `inputs` (one type per incoming tensor).
    """

    names: ClassVar[tuple[str, ...]] = ()
    name: ClassVar[str] = ""
    family: ClassVar[str] = ""  # conv linear norm activation pool shape join dropout ...
    fields: ClassVar[tuple[Field, ...]] = ()
    digits: ClassVar[str] = ""
    dash: ClassVar[str] = ""
    slash: ClassVar[str] = ""
    positional: ClassVar[tuple[str, ...]] = ()
    arity: ClassVar[tuple[int, int | None]] = (1, 1)  # incoming tensors; None: any number
    hidden: ClassVar[bool] = False  # takes `norm=` and `act=`, and their defaults
    transparent: ClassVar[bool] = False  # leaves the step before it in tail position
    expands: ClassVar[bool] = False  # made of other kinds, so it never stands in the IR
    tensors: ClassVar[tuple[str, ...]] = ()  # keywords that take a tensor (`kv=@t`): later inputs

    registry: ClassVar[dict[str, type[Kind]]] = {}
    by_name: ClassVar[dict[str, Field]] = {}  # the fields
    __slots__ = ("__dict__", "hash", "key")

    def __init_subclass__(cls) -> None:
        cls.by_name = {f.name: f for f in cls.fields}
        if "names" in cls.__dict__ and cls.names:
            cls.name = cls.names[0]
            for alias in cls.names:
                word = alias.lower().replace("-", "")
                assert word not in Kind.registry, alias
                Kind.registry[word] = cls

    def __init__(self, attrs: dict[str, object]) -> None:
        """Keeps `attrs` (already converted), and the default of every field not among them."""
        values = self.__dict__
        for f in self.fields:
            values[f.name] = attrs.get(f.name, f.default)
        self.key: tuple[object, ...] = (self.name, *(values[f.name] for f in self.fields))
        self.hash = hash(self.key)  # layers are keys of many tables

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Kind) and self.key == other.key

    def __hash__(self) -> int:
        return self.hash

    def before(self, inputs: tuple[TensorType, ...]) -> tuple[Kind, ...]:
        """Layers that the input needs first (`FC` flattens an image); a chain on one tensor."""
        return ()

    def infer(self, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
        """Types of what comes out; raises an `ArchError` where the input does not fit."""
        raise NotImplementedError(self.name)

    def weights(self, inputs: tuple[TensorType, ...]) -> tuple[Weight, ...]:
        """What it holds, in the order of PyTorch's state_dict."""
        return ()

    def form(self, inputs: tuple[TensorType, ...]) -> tuple[object, ...]:
        """What the input decides about the layer besides the shapes of its weights.

        Two layers can be one, and so share weights, where their attributes, their weights and
        this agree. By default the layouts of what comes in.
        """
        return tuple(x.layout for x in inputs)

    def macs(self, inputs: tuple[TensorType, ...]) -> int:
        """Multiply-accumulates of convolutions and linear layers, for one example."""
        return 0

    def matmul_macs(self, inputs: tuple[TensorType, ...]) -> int:
        """Multiply-accumulates of products of two activations (attention), for one example."""
        return 0

    @classmethod
    def lookup(cls, word: str) -> type[Kind] | None:
        """The kind of that name; letter case and hyphens do not count."""
        return cls.registry.get(word.lower().replace("-", ""))

    def text(self) -> str:
        """The layer as a paper's table would write it: `conv3-64/2`."""
        used = []
        out = self.name
        plain = not self.slash or getattr(self, self.slash) == self.field(self.slash).default
        for sign, name in (("", self.digits), ("-", self.dash), ("/", self.slash)):
            if not name:
                continue
            field = self.field(name)
            value = getattr(self, name)
            if value is None or (value == field.default and sign != "-" and plain):
                continue  # `maxpool` is `maxpool2`, `conv3-8` is `conv3-8/1`
            used.append(name)
            out += sign + show(value)
        rest = [
            f"{f.name}={show(getattr(self, f.name))}"
            for f in self.fields
            if f.name not in used and getattr(self, f.name) != f.default
        ]
        return out + (f"({', '.join(rest)})" if rest else "")

    @classmethod
    def field(cls, name: str) -> Field:
        """The field of that name; KeyError where there is none."""
        return cls.by_name[name]


# --- converters -----------------------------------------------------------------------------


def is_int(value: object) -> bool:
    """An integer that is no boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def integer(low: int = 1, what: str = "") -> Callable[[object], int]:
    """Takes an integer of at least `low`."""
    wanted = what or {1: "a positive integer", 0: "an integer of at least 0"}.get(
        low, f"an integer of at least {low}"
    )

    def convert(value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value >= low:
            return value
        raise FieldError(wanted)

    return convert


def real(low: float, high: float, what: str) -> Callable[[object], float]:
    """Takes a number from `low` to `high`, both included (nan never is)."""

    def convert(value: object) -> float:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise FieldError(what)

    return convert


def boolean(value: object) -> bool:
    """Takes `true` or `false`."""
    if isinstance(value, bool):
        return value
    raise FieldError("true or false")


def sizes(low: int = 1) -> Callable[[object], int | Dims]:
    """Takes one number or one per axis (`1x7`), each at least `low`."""
    wanted = "a positive integer or one per axis such as 1x7"
    if low == 0:
        wanted = "an integer of at least 0 or one per axis such as 0x3"

    def convert(value: object) -> int | Dims:
        if isinstance(value, int) and not isinstance(value, bool) and value >= low:
            return value
        if isinstance(value, Dims) and all(v >= low for v in value):
            return value
        raise FieldError(wanted)

    return convert


def choice(*words: str) -> Callable[[object], str]:
    """Takes one of these words."""

    def convert(value: object) -> str:
        # A word that also names a kind (`linear` is one of FC's) may arrive as a reference to it.
        named = value.kind.names if isinstance(value, LayerRef) and not value.attrs else (value,)
        for word in named:
            if isinstance(word, str) and word in words:
                return word
        raise FieldError("one of " + ", ".join(words))

    return convert


def optional(convert: Callable[[object], object]) -> Callable[[object], object]:
    """Takes `none` as well."""
    return lambda value: None if value in (None, "none") else convert(value)


def int_list(low: int = 1) -> Callable[[object], tuple[int, ...]]:
    """Takes a list of integers, each at least `low`."""

    def convert(value: object) -> tuple[int, ...]:
        if isinstance(value, tuple) and value and all(is_int(v) and v >= low for v in value):
            return tuple(value)
        raise FieldError(f"a list of integers of at least {low}")

    return convert


# --- errors that several kinds share ----------------------------------------------------------


class WrongLayout(ArchError):
    """A layer was given a tensor that it does not work on.

    A convolution or a pool needs a signal, an image or a volume; attention and the recurrent
    layers need a sequence; an embedding needs tokens. `flatten`, `reshape`, `tokens` and
    `embed` turn one into another.

    Wrong:

        input 784
        conv3-8

    Right:

        input 784
        reshape(1x28x28), conv3-8
    """

    id = "wrong-layout"


class AxisCount(ArchError):
    """A size was written per axis, but the tensor has another number of axes.

    `3x3` fits images, `3x3x3` volumes; one number fits all of them.

    Wrong:

        input 3x32x32
        conv3x3x3-8

    Right:

        input 3x32x32
        conv3x3-8
    """

    id = "axis-count"


def per_axis(value: int | tuple[int, ...], rank: int, what: str) -> tuple[int, ...]:
    """One number for each of `rank` axes; raises AxisCount where they do not match."""
    if isinstance(value, int):
        return (value,) * rank
    if len(value) != rank:
        raise AxisCount(
            f"{what} {show(Dims(value))} has {len(value)} numbers, the tensor has {rank} spatial"
            f" {'axis' if rank == 1 else 'axes'}",
            help=f"write one number, or {rank} of them",
        )
    return tuple(value)


def need_map(kind: Kind, x: TensorType) -> None:
    """Raises WrongLayout unless `x` is a signal, an image or a volume."""
    if not x.is_map:
        from archdsl.ops.ways import to_map

        help, before = to_map(x)
        raise WrongLayout(
            f"`{kind.name}` needs a signal, an image or a volume, and this is {a(x)}",
            label="no map comes in here",
            help=help,
            before=before,
        )


def a(x: TensorType) -> str:
    """A type with its article: `an image of 3x224x224`."""
    word = {"seq": "a sequence", "image": "an image", "tokens": "tokens"}.get(
        x.layout, f"a {x.layout}"
    )
    return f"{word} of {x}"
