"""Layer kinds without torch: attributes, shorthand, default padding, and what errors say."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import archdsl.ops
from archdsl.diagnostics.errors import ArchError
from archdsl.ops.activation import OddAxis
from archdsl.ops.axis import BadAxis
from archdsl.ops.base import REQUIRED, AxisCount, Dims, FieldError, Kind, WrongLayout
from archdsl.ops.conv import BadConnection, Conv, GroupsMismatch
from archdsl.ops.deconv import DeconvSize, EmptyOutput, OutputPadTooLarge
from archdsl.ops.join import JoinMismatch
from archdsl.ops.norm import OnePosition
from archdsl.ops.pool import CeilWithPad, PoolPadTooLarge
from archdsl.ops.window import KernelTooLarge
from archdsl.tensor import IMAGE, SEQUENCE, SIGNAL, TOKENS, TensorType, vector

KINDS = sorted(set(Kind.registry.values()), key=lambda kind: kind.name)


def make(name: str, **attrs: object) -> Kind:
    kind = Kind.lookup(name)
    assert kind is not None, name
    return kind({key: kind.field(key).convert(value) for key, value in attrs.items()})


def image(*dims: int) -> TensorType:
    return TensorType(IMAGE, dims)


def infer(op: Kind, *inputs: TensorType) -> TensorType:
    (found,) = op.infer(inputs)
    return found


def test_the_package_imports_every_kind() -> None:
    """A kind in a file that `archdsl.ops` forgets would be unknown to a spec."""
    folder = Path(archdsl.ops.__path__[0])
    assert {path.stem for path in folder.glob("*.py")} - {
        "__init__",
        "base",
        "axis",
        "fit",
        "foreign",
        "ways",
        "window",
    } <= set(archdsl.ops.__all__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_kind_is_whole(kind: type[Kind]) -> None:
    assert kind.family
    assert inspect.cleandoc(kind.__doc__ or "").splitlines()[0].endswith((".", ":"))
    assert all(field.doc for field in kind.fields)
    shorthand = (kind.digits, kind.dash, kind.slash, *kind.positional)
    assert {name for name in shorthand if name} <= {field.name for field in kind.fields}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_default_is_a_value_that_the_field_takes(kind: type[Kind]) -> None:
    for field in kind.fields:
        if field.default is not REQUIRED:
            assert field.convert(field.default) == field.default


OWN = [e for e in ArchError.registry.values() if e.__module__.startswith("archdsl.ops")]


@pytest.mark.parametrize("error", OWN, ids=lambda error: error.id)
def test_error_has_a_page(error: type[ArchError]) -> None:
    page = inspect.cleandoc(error.__doc__ or "")
    summary, rest = page.split("\n", 1)
    assert summary.endswith(".")
    wrong, right = rest.index("\nWrong:\n\n    "), rest.index("\nRight:\n\n    ")
    assert wrong < right


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("soft-max", "softmax"),
        ("SoftMax", "softmax"),
        ("fc", "FC"),
        ("linear", "FC"),
        ("swish", "silu"),
        ("LRN", "lrn"),
        ("rbf-out", "rbf"),
        ("batchnorm", "bn"),
    ],
)
def test_names(word: str, name: str) -> None:
    kind = Kind.lookup(word)
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize(
    ("op", "text"),
    [
        (make("conv", kernel=3, out=64), "conv3-64"),
        (make("conv", kernel=Dims((1, 7)), out=192, stride=2), "conv1x7-192/2"),
        (make("conv", kernel=3, out=8, pad=0, bias=False), "conv3-8(pad=0, bias=false)"),
        (make("dwconv", kernel=3, stride=2), "dwconv3/2"),
        (make("maxpool"), "maxpool"),
        (make("maxpool", kernel=3, stride=2, ceil=True), "maxpool3/2(ceil=true)"),
        (make("FC", out=4096), "FC-4096"),
        (make("dropout", p=0.5), "dropout-0.5"),
        (make("concat", axis="h"), "concat(axis=h)"),
    ],
)
def test_text_is_the_shorthand(op: Kind, text: str) -> None:
    assert op.text() == text


@pytest.mark.parametrize(
    ("attrs", "size"),
    [
        ({"kernel": 3}, 16),
        ({"kernel": 3, "stride": 2}, 8),
        ({"kernel": 16, "stride": 16}, 1),
        ({"kernel": 3, "stride": 3}, 5),
        ({"kernel": 5, "dilation": 2}, 16),
        ({"kernel": 4}, 13),
        ({"kernel": 4, "pad": "same"}, 16),
        ({"kernel": 7, "stride": 2, "pad": "valid"}, 5),
        ({"kernel": 7, "stride": 3, "pad": "tf-same"}, 6),
    ],
)
def test_padding_of_convolutions(attrs: dict[str, object], size: int) -> None:
    assert infer(make("conv", out=4, **attrs), image(3, 16, 16)) == image(4, size, size)


@pytest.mark.parametrize("kernel", range(1, 7))
@pytest.mark.parametrize("stride", range(1, 5))
def test_deconv_gives_size_times_stride(kernel: int, stride: int) -> None:
    op = make("deconv", kernel=kernel, out=2, stride=stride)
    if stride == 1 and kernel % 2 == 0:
        with pytest.raises(DeconvSize):
            infer(op, image(3, 5, 4))
    else:
        assert infer(op, image(3, 5, 4)) == image(2, 5 * stride, 4 * stride)


def test_pools_round_as_pytorch() -> None:
    """pytorch/pytorch#116420: the documented formula says 4 here, torch gives 3."""
    op = make("maxpool", kernel=1, stride=4, ceil=True)
    assert infer(op, TensorType(SIGNAL, (1, 10))).dims == (1, 3)
    assert infer(make("maxpool", kernel=3, stride=2, ceil=True), image(8, 112, 112)).dims[1] == 56
    assert infer(make("maxpool", kernel=3, stride=2), image(8, 112, 112)).dims[1] == 55


def test_lenet_counts() -> None:
    """LeCun et al. (1998): C3 has 1,516 trainable numbers, S2 12, the output layer 840 fixed."""
    connect = (
        *(tuple(sorted((i + k) % 6 for k in range(3))) for i in range(6)),
        *(tuple(sorted((i + k) % 6 for k in range(4))) for i in range(6)),
        *((0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5)),
        tuple(range(6)),
    )
    c3 = make("conv", kernel=5, out=16, pad=0, connect=connect)
    x = image(6, 14, 14)
    assert infer(c3, x) == image(16, 10, 10)
    assert sum(w.numel for w in c3.weights((x,))) == 1516
    assert c3.macs((x,)) == 150_000
    assert sum(w.numel for w in make("subsample").weights((image(6, 28, 28),))) == 12
    (fixed,) = make("rbf", out=10).weights((vector(84),))
    assert (fixed.numel, fixed.role) == (840, "frozen")


def test_fan_of_grouped_convolutions() -> None:
    (kernel, _) = make("conv", kernel=3, out=8, groups=2).weights((image(4, 9, 9),))
    assert (kernel.shape, kernel.fan_in, kernel.fan_out) == ((8, 2, 3, 3), 18, 36)


def test_fc_flattens_maps_only() -> None:
    op = make("FC", out=10)
    (flatten,) = op.before((image(3, 4, 5),))
    assert infer(flatten, image(3, 4, 5)) == vector(60)
    assert op.before((vector(60),)) == op.before((TensorType(SEQUENCE, (7, 5)),)) == ()
    assert infer(op, TensorType(SEQUENCE, (7, 5))).dims == (7, 10)


def test_huge_sizes_are_exact() -> None:
    op = make("FC", out=10**30)
    assert op.macs((vector(10**30),)) == 10**60


@pytest.mark.parametrize(
    ("name", "attr", "value"),
    [
        ("conv", "kernel", 0),
        ("conv", "kernel", Dims((3, 0))),
        ("conv", "out", 0),
        ("conv", "out", 1.5),
        ("conv", "out", True),
        ("conv", "stride", 0),
        ("conv", "pad", -1),
        ("conv", "pad", "sane"),
        ("conv", "dilation", 0),
        ("conv", "groups", 0),
        ("conv", "connect", ((0, 0),)),
        ("conv", "connect", ((),)),
        ("conv", "connect", ((-1,),)),
        ("maxpool", "pad", None),
        ("deconv", "pad", "tf-same"),
        ("dropout", "p", float("nan")),
        ("dropout", "p", 1.5),
        ("droppath", "p", -0.1),
        ("bn", "eps", 0),
        ("bn", "eps", float("inf")),
        ("ln", "axis", "x"),
        ("softmax", "axis", "all"),
        ("adaptiveavgpool", "size", 0),
        ("gelu", "approx", "fast"),
        ("lrn", "size", 0),
        ("scale", "value", "two"),
        ("FC", "bias", 1),
    ],
)
def test_fields_refuse(name: str, attr: str, value: object) -> None:
    with pytest.raises(FieldError, match=r"^(a|an|one of|true) ?"):
        make(name, **{attr: value})


X = image(6, 8, 8)
REFUSED: list[tuple[Kind, tuple[TensorType, ...], type[ArchError], str]] = [
    (make("conv", kernel=3, out=4), (vector(5),), WrongLayout, "a vector of 5"),
    (make("conv", kernel=Dims((3, 3, 3)), out=4), (X,), AxisCount, "3x3x3"),
    (make("conv", kernel=9, out=4, pad=0), (X,), KernelTooLarge, "(8 + 2*0 - 9)//1 + 1 = 0"),
    (make("conv", kernel=3, out=4, groups=4), (X,), GroupsMismatch, "6 = 1*4 + 2"),
    (make("conv", kernel=3, out=4, groups=3), (X,), GroupsMismatch, "4 = 1*3 + 1"),
    (make("dwconv", kernel=3, out=8), (X,), GroupsMismatch, "8 = 1*6 + 2"),
    (make("conv", kernel=3, out=2, connect=((0,),)), (X,), BadConnection, "1 lists for 2"),
    (make("conv", kernel=3, out=1, connect=((6,),)), (X,), BadConnection, "channel 6"),
    (
        make("conv", kernel=3, out=2, groups=2, connect=((0,), (1,))),
        (X,),
        BadConnection,
        "`groups` must be 1",
    ),
    (make("deconv", kernel=4, out=2), (X,), DeconvSize, "2*pad = 4 - 1"),
    (
        make("deconv", kernel=4, out=2, stride=2, pad=1, output_pad=2),
        (X,),
        OutputPadTooLarge,
        "not below its stride of 2",
    ),
    (
        make("deconv", kernel=2, out=2, pad=5),
        (X,),
        EmptyOutput,
        "(8 - 1)*1 - 2*5 + 2 + 0 = -1",
    ),
    (make("maxpool", kernel=2, pad=2), (X,), PoolPadTooLarge, "2 > 2//2 = 1"),
    (make("maxpool", kernel=9), (X,), KernelTooLarge, "spans 9"),
    (make("maxpool", kernel=3, pad="same", ceil=True), (X,), CeilWithPad, "pad=same"),
    (
        make("avgpool", kernel=3, pad=1),
        (TensorType("volume", (2, 2, 8, 8)),),
        KernelTooLarge,
        "on the axis t it has 3 for 2",
    ),
    (make("gap"), (vector(4),), WrongLayout, "has none"),
    (make("softmax", axis="l"), (X,), BadAxis, "channels, h, w"),
    (make("glu"), (vector(5),), OddAxis, "5 is odd"),
    (make("gn", groups=4), (X,), GroupsMismatch, "6 = 1*4 + 2"),
    (make("instancenorm"), (image(3, 1, 1),), OnePosition, "one position"),
    (make("lrn"), (vector(5),), WrongLayout, "a vector of 5"),
    (make("relu"), (TensorType(TOKENS, (5,)),), WrongLayout, "integer ids"),
    (make("FC", out=3), (TensorType(TOKENS, (5,)),), WrongLayout, "tokens of 5"),
    (make("dropout", channels=True), (vector(5),), WrongLayout, "a vector of 5"),
    (make("concat"), (X, image(6, 4, 8)), JoinMismatch, "branch 2: image 6x4x8"),
    (make("concat"), (X, vector(6)), JoinMismatch, "branch 2: vector 6"),
    (make("concat", axis="l"), (X,), BadAxis, "channels, h, w"),
    (make("add"), (X, image(5, 8, 8)), JoinMismatch, "on the axis c: 6 != 5"),
    (make("add"), (X, vector(5)), JoinMismatch, "on the axis c: 6 != 5"),
    (make("mul"), (vector(6), X, image(6, 8, 3)), JoinMismatch, "branch 1: vector 6"),
    (make("max"), (X, TensorType(SEQUENCE, (8, 6))), JoinMismatch, "does not stretch"),
]


@pytest.mark.parametrize(("op", "inputs", "error", "part"), REFUSED)
def test_infer_refuses(
    op: Kind, inputs: tuple[TensorType, ...], error: type[ArchError], part: str
) -> None:
    with pytest.raises(error) as caught:
        op.infer(inputs)
    said = caught.value
    assert part in "\n".join((said.message, said.label, *said.notes, said.help))
    assert said.help


def test_every_error_here_is_tested() -> None:
    modules = {
        f"archdsl.ops.{name}"
        for name in ("activation", "axis", "conv", "deconv", "join", "norm", "pool", "window")
    }
    here = {error for error in ArchError.registry.values() if error.__module__ in modules}
    assert here == {error for _, _, error, _ in REFUSED if error.__module__ in modules}


def test_geometry_is_what_back_ends_read() -> None:
    op = make("conv", kernel=Dims((3, 4)), out=2, stride=Dims((1, 2)), pad="tf-same")
    assert isinstance(op, Conv)
    first, second = op.geometry(image(1, 7, 7))
    assert (first.size, first.stride, first.before, first.after) == (3, 1, 1, 1)
    assert (second.size, second.stride, second.before, second.after) == (4, 2, 1, 2)


def test_kinds_start_without_slow_imports() -> None:
    slow = {"torch", "dataclasses", "typing", "enum", "inspect", "json", "functools"}
    code = (
        "import sys; before = set(sys.modules); import archdsl.ops;"
        "print(' '.join(set(sys.modules) - before))"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=archdsl.ops.__path__[0] + "/../..",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "archdsl.ops.conv" in run.stdout.split()
    assert not slow & set(run.stdout.split())
