"""Sequence and shape kinds: what they refuse and say then, shorthand, counts by hand."""

from __future__ import annotations

import pytest

import archdsl.ops
from archdsl.diagnostics.errors import ArchError
from archdsl.ops import fit, layout
from archdsl.ops.attention import Attention
from archdsl.ops.base import Dims, FieldError, Kind, LayerRef, WrongLayout
from archdsl.tensor import IMAGE, SEQUENCE, SIGNAL, TOKENS, VECTOR, VOLUME, TensorType, vector

SIZES = {1: VECTOR, 2: SIGNAL, 3: IMAGE, 4: VOLUME}
TOKEN_IDS = TensorType(TOKENS, (5,))


def make(name: str, **attrs: object) -> Kind:
    """The kind of that name with converted attributes."""
    kind = Kind.lookup(name)
    assert kind is not None, name
    return kind({key: kind.field(key).convert(value) for key, value in attrs.items()})


def of(*dims: int) -> TensorType:
    """A vector, a signal, an image or a volume, by the number of sizes."""
    return TensorType(SIZES[len(dims)], dims)


def seq(length: int, features: int) -> TensorType:
    """A sequence."""
    return TensorType(SEQUENCE, (length, features))


def refusal(op: Kind, *inputs: TensorType) -> ArchError:
    """The error with which the layer refuses its inputs."""
    with pytest.raises(ArchError) as caught:
        op.infer(inputs)
    return caught.value


REFUSED = [
    ("attention", {"heads": 5}, [seq(4, 6)], "indivisible"),
    ("attention", {"heads": 2}, [vector(6)], "wrong-layout"),
    ("attention", {"heads": 2}, [TOKEN_IDS], "wrong-layout"),
    ("attention", {"heads": 2}, [seq(4, 6), vector(6)], "wrong-layout"),
    ("attention", {"heads": 2, "shift": 1}, [of(4, 4, 4)], "option-clash"),
    ("attention", {"heads": 2, "window": 3}, [of(4, 4, 6)], "indivisible"),
    ("attention", {"heads": 2, "window": 5}, [of(4, 4, 4)], "indivisible"),
    ("attention", {"heads": 2, "window": 2, "shift": 2}, [of(4, 4, 4)], "out-of-range"),
    ("attention", {"heads": 2, "window": 2, "causal": True}, [of(4, 4, 4)], "option-clash"),
    ("attention", {"heads": 2, "window": 2}, [of(4, 4, 4), seq(4, 4)], "option-clash"),
    ("attention", {"heads": 2, "window": 2}, [seq(16, 4)], "option-clash"),
    ("attention", {"heads": 2, "window": 2}, [of(4, 16)], "wrong-layout"),
    ("attention", {"heads": 2, "window": 2, "grid": Dims((4, 5))}, [seq(16, 4)], "element-count"),
    ("attention", {"heads": 2, "window": 2, "grid": 4}, [of(4, 4, 4)], "option-clash"),
    ("attention", {"heads": 2, "grid": Dims((4, 4))}, [seq(16, 4)], "option-clash"),
    ("attention", {"heads": 2, "window": Dims((2, 2, 2))}, [of(4, 4, 4)], "axis-count"),
    ("attention", {"heads": 2, "bias": "relative"}, [seq(16, 4)], "option-clash"),
    ("attention", {"heads": 2, "causal": True}, [seq(4, 6), seq(5, 6)], "option-clash"),
    ("lstm", {"out": 4}, [of(3, 8)], "wrong-layout"),
    ("gru", {"out": 4}, [of(3, 8, 8)], "wrong-layout"),
    ("rnn", {"out": 4, "dropout": 0.5}, [seq(3, 8)], "option-clash"),
    ("embed", {"vocab": 4, "dim": 2}, [seq(3, 8)], "wrong-layout"),
    ("embed", {"vocab": 4, "dim": 2, "pad": 4}, [TOKEN_IDS], "out-of-range"),
    ("posembed", {}, [of(3, 8)], "wrong-layout"),
    ("posembed", {"mode": "sincos"}, [seq(4, 5)], "indivisible"),
    ("posembed", {"mode": "sincos"}, [of(6, 4, 4)], "indivisible"),
    ("cls", {}, [of(6, 4, 4)], "wrong-layout"),
    ("pad", {}, [of(3, 8, 8)], "option-clash"),
    ("pad", {"size": 1, "start": 1}, [of(3, 8, 8)], "option-clash"),
    ("pad", {"size": 1}, [vector(8)], "wrong-layout"),
    ("pad", {"size": 1}, [TOKEN_IDS], "wrong-layout"),
    ("pad", {"size": Dims((1, 1))}, [of(3, 8)], "axis-count"),
    ("pad", {"size": 8, "mode": "reflect"}, [of(3, 8, 9)], "out-of-range"),
    ("pad", {"size": 1, "channels": 2, "mode": "reflect"}, [of(3, 8, 9)], "option-clash"),
    ("pad", {"size": 1, "mode": "replicate"}, [seq(3, 8)], "option-clash"),
    ("crop", {"size": 9}, [of(3, 8, 9)], "out-of-range"),
    ("crop", {}, [of(3, 8, 9)], "option-clash"),
    ("crop", {"size": 4}, [of(3, 8, 9), of(3, 4, 4)], "option-clash"),
    ("crop", {}, [of(3, 8, 9), of(3, 4)], "wrong-layout"),
    ("crop", {"size": 2}, [seq(3, 4)], "wrong-layout"),
    ("upsample", {}, [of(3, 8, 9)], "option-clash"),
    ("upsample", {"factor": 2, "size": 16}, [of(3, 8, 9)], "option-clash"),
    ("upsample", {"factor": 2, "align": True}, [of(3, 8, 9)], "option-clash"),
    ("upsample", {"factor": 2, "mode": "bilinear"}, [of(3, 8)], "wrong-layout"),
    ("upsample", {"factor": 2}, [seq(3, 8)], "wrong-layout"),
    ("pixelshuffle", {"factor": 2}, [of(6, 4, 4)], "indivisible"),
    ("pixelshuffle", {"factor": 2}, [of(8, 4)], "wrong-layout"),
    ("pixelunshuffle", {"factor": 2}, [of(6, 4, 5)], "indivisible"),
    ("reshape", {"size": 783}, [vector(784)], "element-count"),
    ("reshape", {"size": Dims((2, 2)), "to": "image"}, [vector(4)], "element-count"),
    ("reshape", {"size": Dims((1, 1, 1, 2, 2))}, [vector(4)], "element-count"),
    ("reshape", {"size": 5}, [TOKEN_IDS], "wrong-layout"),
    ("permute", {"order": "cl"}, [of(3, 4, 5)], "axis-order"),
    ("permute", {"order": "chw", "to": "seq"}, [of(3, 4, 5)], "axis-order"),
    ("transpose", {}, [vector(4)], "wrong-layout"),
    ("shuffle", {"groups": 4}, [of(6, 4, 4)], "indivisible"),
    ("split", {"parts": 4}, [of(6, 4, 4)], "indivisible"),
    ("split", {"parts": (4, 3)}, [of(6, 4, 4)], "element-count"),
    ("split", {"parts": 2, "axis": "l"}, [of(6, 4, 4)], "bad-axis"),
    ("slice", {"from": 2, "to": 7}, [of(6, 4, 4)], "out-of-range"),
    ("slice", {"from": 2, "to": 2}, [of(6, 4, 4)], "out-of-range"),
    ("slice", {"from": 6}, [of(6, 4, 4)], "out-of-range"),
    ("at", {"index": 4}, [seq(4, 6)], "out-of-range"),
    ("at", {"index": -5}, [seq(4, 6)], "out-of-range"),
    ("at", {"index": 0}, [of(4, 6)], "wrong-layout"),
    ("tokens", {}, [seq(4, 6)], "wrong-layout"),
    ("untokens", {"grid": Dims((2, 3))}, [seq(4, 6)], "element-count"),
    ("untokens", {"grid": Dims((1, 1, 2, 2))}, [seq(4, 6)], "element-count"),
]


@pytest.mark.parametrize(("name", "attrs", "inputs", "id"), REFUSED)
def test_what_does_not_fit_is_refused_with_its_reason(
    name: str, attrs: dict[str, object], inputs: list[TensorType], id: str
) -> None:
    error = refusal(make(name, **attrs), *inputs)
    assert error.id == id
    assert error.message
    assert error.help


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("attention", "heads", 0),
        ("attention", "scale", 0),
        ("attention", "dropout", 1.5),
        ("attention", "bias", "absolute"),
        ("attention", "shift", -1),
        ("lstm", "layers", 10**9),
        ("lstm", "out", True),
        ("rnn", "act", "gelu"),
        ("pad", "channels", (1, 2, 3)),
        ("pad", "channels", -1),
        ("pad", "mode", "constant"),
        ("split", "parts", 1),
        ("split", "parts", 10**9),
        ("split", "parts", (4,)),
        ("slice", "from", -1),
        ("at", "index", 1.0),
        ("permute", "order", "cc"),
        ("reshape", "to", "tokens"),
        ("upsample", "factor", 0),
    ],
)
def test_values_that_no_layer_takes_are_refused(name: str, field: str, value: object) -> None:
    with pytest.raises(FieldError, match=r"\w"):
        make(name, **{field: value})


def test_errors_show_their_arithmetic() -> None:
    assert refusal(make("attention", heads=5), seq(4, 12)).notes == (
        "12 = 2*5 + 2; the nearest multiples: 10 or 15",
    )
    reshape = make("reshape", size=Dims((1, 28, 27)))
    assert refusal(reshape, vector(784)).notes == ("784 = 784", "1 * 28 * 27 = 756")
    assert refusal(make("split", parts=(4, 3)), of(6, 4, 4)).notes == ("4 + 3 = 7",)


@pytest.mark.parametrize("error", [fit.OptionClash, fit.Indivisible, fit.OutOfRange])
def test_error_pages_have_a_wrong_and_a_right_spec(error: type[ArchError]) -> None:
    page = error.__doc__ or ""
    assert "\n    Wrong:\n\n        input " in page
    assert "\n    Right:\n\n        input " in page


def test_shorthand_and_names() -> None:
    assert make("lstm", out=256).text() == "lstm-256"
    assert make("attention", heads=8, out=512).text() == "attention-512(heads=8)"
    assert make("embed", vocab=1000, dim=64).text() == "embed-64(vocab=1000)"
    assert make("pixelshuffle", factor=2).text() == "pixelshuffle2"
    assert make("pad", size=Dims((1, 2))).text() == "pad(size=1x2)"
    assert Kind.lookup("patches") is Kind.lookup("tokens")
    tensors = {k.name: k.tensors for k in Kind.registry.values() if k.tensors}
    assert tensors == {"attention": ("kv",), "crop": ("like",), "upsample": ("like",)}
    mine = ("reshape", "upsample", "pixelshuffle", "crop", "pad", "tokens")
    assert [Kind.registry[name].transparent for name in mine] == [True] * 4 + [False] * 2


def test_words_that_also_name_kinds_are_taken() -> None:
    linear = Kind.lookup("linear")
    relu = Kind.lookup("relu")
    assert linear is not None
    assert relu is not None
    assert make("upsample", factor=2, mode=LayerRef(linear)).infer((of(3, 8),)) == (of(3, 16),)
    assert make("rnn", out=2, act=LayerRef(relu)) == make("rnn", out=2, act="relu")
    with pytest.raises(FieldError):
        make("rnn", out=2, act=LayerRef(relu, (("inplace", True),)))


def test_no_field_hides_what_a_kind_is() -> None:
    own = set(dir(Kind))
    for kind in set(Kind.registry.values()):
        if kind.__module__.rpartition(".")[2] in archdsl.ops.__all__:
            assert not own & {f.name for f in kind.fields}, kind.name


def test_attention_counts_of_published_networks() -> None:
    vit = make("attention", heads=12)
    x = (seq(197, 768),)
    assert vit.macs(x) == 197 * (768 * 2304 + 768 * 768)
    assert vit.matmul_macs(x) == 2 * 197 * 197 * 768
    assert sum(w.numel for w in vit.weights(x)) == 2_362_368  # a layer of ViT-B/16
    swin = make("attention", heads=3, window=7, shift=3, bias="relative")
    image = (of(96, 56, 56),)
    assert swin.matmul_macs(image) == 2 * 56 * 56 * 49 * 96
    trained = [w for w in swin.weights(image) if w.role == "param"]
    assert sum(w.numel for w in trained) == 13**2 * 3 + 96 * 288 + 288 + 96 * 96 + 96


def test_an_axis_that_one_window_covers_is_not_shifted() -> None:
    op = make("attention", heads=1, window=Dims((7, 7)), shift=3)
    assert isinstance(op, Attention)
    assert op.windows(of(4, 7, 14)) == ((7, 7), (0, 3))


def test_layouts_by_the_number_of_sizes() -> None:
    x = vector(48)
    for size in ((48,), (4, 12), (2, 4, 6), (2, 2, 3, 4)):
        assert make("reshape", size=Dims(size)).infer((x,)) == (of(*size),)
    assert make("reshape", size=Dims((4, 12)), to="seq").infer((x,)) == (seq(4, 12),)
    assert make("transpose", to="seq").infer((of(4, 12),)) == (seq(12, 4),)
    assert make("transpose").infer((seq(4, 12),)) == (seq(12, 4),)
    assert make("permute", order="wch").infer((of(2, 3, 4),)) == (of(4, 2, 3),)


def test_wrong_layouts_say_how_to_get_the_right_one() -> None:
    for x, way in ((of(4, 6), "transpose"), (of(3, 4, 4), "tokens"), (TOKEN_IDS, "embed")):
        error = refusal(make("lstm", out=4), x)
        assert isinstance(error, WrongLayout)
        assert way in error.help


def test_every_order_of_axes_may_be_written() -> None:
    assert len(layout.ORDERS) == len(set(layout.ORDERS)) == 2 + 6 + 24
