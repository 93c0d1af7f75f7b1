"""What the layers of our own prelude compute, against plain formulas; and that they export."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archdsl.ops.base import Dims
from archdsl.ops.conv import SeparableConv
from archdsl.tensor import TensorType
from tests.oracle.kinds_helper import Row, feature_map, make, sequence, vector

IMAGE = feature_map(4, 7, 6)


def run(name: str, x: torch.Tensor, type_: TensorType, **attrs: object) -> torch.Tensor:
    y = built(name, type_, **attrs)(x)
    assert isinstance(y, torch.Tensor)
    return y


def built(name: str, *types: TensorType, **attrs: object) -> nn.Module:
    module = Row(make(name, **attrs), types).module
    assert module is not None
    for weight in module.parameters():
        nn.init.normal_(weight)
    return module


def image() -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(2, *IMAGE.dims)


def test_partial_connection_is_a_convolution_with_kernels_missing() -> None:
    connect = ((0, 1), (2,), (0, 1, 3))
    module = built("conv", IMAGE, kernel=3, out=3, connect=connect, pad=Dims((1, 2)), stride=2)
    dense = torch.zeros(3, 4, 3, 3)
    kernels = iter(module.get_parameter("weight"))
    for i, maps in enumerate(connect):
        for channel in maps:
            dense[i, channel] = next(kernels)[0]
    expected = F.conv2d(image(), dense, module.get_parameter("bias"), stride=2, padding=(1, 2))
    torch.testing.assert_close(module(image()), expected)


@pytest.mark.parametrize("pad", ["same", "valid", "tf-same", 2])
def test_separable_convolution_is_depthwise_then_pointwise(pad: object) -> None:
    module = built("sepconv", IMAGE, kernel=4, out=5, stride=2, pad=pad)
    op = make("sepconv", kernel=4, out=5, stride=2, pad=pad)
    assert isinstance(op, SeparableConv)
    windows = op.geometry(IMAGE)
    x = F.pad(image(), [n for w in reversed(windows) for n in (w.before, w.after)])
    weights = {name: p.data for name, p in module.named_parameters()}
    x = F.conv2d(x, weights["depthwise.weight"], stride=2, groups=4)
    x = F.conv2d(x, weights["pointwise.weight"], weights["pointwise.bias"])
    torch.testing.assert_close(module(image()), x)


def test_same_is_torch_same() -> None:
    module = built("conv", IMAGE, kernel=4, out=3, pad="same", dilation=Dims((1, 2)))
    torch_conv = nn.Conv2d(4, 3, 4, padding="same", dilation=(1, 2))
    torch_conv.load_state_dict(module.state_dict())
    torch.testing.assert_close(module(image()), torch_conv(image()))


@pytest.mark.parametrize("size", range(5, 12))
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
def test_tf_same_is_tensorflow_rule(size: int, stride: int, kernel: int) -> None:
    """SAME gives ceil(size/stride); it pads total//2 before and the rest after."""
    total = max(kernel - stride if size % stride == 0 else kernel - size % stride, 0)
    x = torch.randn(2, 1, size)
    module = built("conv", feature_map(1, size), kernel=kernel, out=1, stride=stride, pad="tf-same")
    padded = F.pad(x, (total // 2, total - total // 2))
    weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
    expected = F.conv1d(padded, weight, bias, stride)
    assert expected.shape[2] == math.ceil(size / stride)
    torch.testing.assert_close(module(x), expected)


def test_tf_same_average_leaves_padding_out() -> None:
    x = torch.ones(2, 4, 7, 6)
    y = run("avgpool", x, IMAGE, kernel=4, stride=2, pad="tf-same")
    torch.testing.assert_close(y, torch.ones_like(y))
    counted = run("avgpool", x, IMAGE, kernel=4, stride=2, pad="tf-same", count_pad=True)
    assert counted[0, 0, 0, 0] < 1


def test_padded_maximum_never_sees_the_padding() -> None:
    y = run("maxpool", -torch.ones(2, 4, 7, 6), IMAGE, kernel=4, stride=1, pad="same")
    torch.testing.assert_close(y, -torch.ones(2, 4, 7, 6))


def test_subsample_is_a_weighted_sum() -> None:
    module = built("subsample", IMAGE, kernel=Dims((2, 3)))
    weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
    total = image()[:, :, :6].unflatten(3, (2, 3)).unflatten(2, (3, 2)).sum(dim=(3, 5))
    expected = total * weight.view(-1, 1, 1) + bias.view(-1, 1, 1)
    torch.testing.assert_close(module(image()), expected)


def test_rbf_is_a_squared_distance() -> None:
    module = built("rbf", vector(6), out=3)
    x = torch.randn(2, 6)
    torch.testing.assert_close(module(x), torch.cdist(x, module.get_parameter("weight")) ** 2)


def test_rbf_starts_from_plus_and_minus_one() -> None:
    module = Row(make("rbf", out=30), (vector(20),)).module
    assert module is not None
    assert set(module.get_parameter("weight").unique().tolist()) == {-1.0, 1.0}


def test_scaled_tanh_keeps_one() -> None:
    y = run("scaledtanh", torch.tensor([[1.0, -1.0]]), vector(2))
    torch.testing.assert_close(y, torch.tensor([[1.0, -1.0]]), atol=1e-4, rtol=0)


def test_channel_norms_are_norms_of_the_last_axis() -> None:
    last = image().movedim(1, -1)
    for name, function in (("ln", F.layer_norm), ("rmsnorm", F.rms_norm)):
        y = run(name, image(), IMAGE, affine=False, eps=1e-6)
        torch.testing.assert_close(y.movedim(1, -1), function(last, (4,), eps=1e-6))


def test_norms_of_a_sequence_work_over_its_features() -> None:
    x = torch.randn(2, 5, 4)
    y = run("bn", x, sequence(5, 4), affine=False)
    torch.testing.assert_close(y.mean(dim=(0, 1)), torch.zeros(4), atol=1e-5, rtol=0)
    grouped = run("gn", x, sequence(5, 4), groups=2, affine=False)
    parts = grouped.unflatten(2, (2, 2)).mean(dim=(1, 3))
    torch.testing.assert_close(parts, torch.zeros(2, 2), atol=1e-5, rtol=0)


def test_bn_over_another_axis() -> None:
    y = run("bn", image(), IMAGE, axis="h", affine=False)
    torch.testing.assert_close(y.mean(dim=(0, 1, 3)), torch.zeros(7), atol=1e-5, rtol=0)


def test_prelu_of_a_sequence_has_a_slope_for_each_feature() -> None:
    module = built("prelu", sequence(5, 4))
    y = module(-torch.ones(2, 5, 4))
    torch.testing.assert_close(y[0, 0], -module.get_parameter("weight"))


def test_affine_and_layerscale_act_on_channels() -> None:
    module = built("affine", IMAGE)
    weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
    expected = image() * weight.view(4, 1, 1) + bias.view(4, 1, 1)
    torch.testing.assert_close(module(image()), expected)
    fresh = Row(make("layerscale", init=0.5), (IMAGE,)).module
    assert fresh is not None
    torch.testing.assert_close(fresh(image()), image() / 2)


def test_droppath_keeps_the_mean_and_whole_examples() -> None:
    torch.manual_seed(0)
    module = built("droppath", vector(3), p=0.25)
    y = module(torch.ones(4000, 3))
    torch.testing.assert_close(y.unique(), torch.tensor([0.0, 4 / 3]))
    assert torch.equal(y[:, 0], y[:, 2])
    assert abs(y.mean().item() - 1) < 0.05
    assert torch.equal(module.eval()(torch.ones(5, 3)), torch.ones(5, 3))
    assert not built("droppath", vector(3), p=1)(torch.ones(5, 3)).any()


def test_joins_stretch_a_vector_over_positions() -> None:
    v, x, s = torch.randn(2, 4), image(), torch.randn(2, 5, 4)
    gate = Row(make("mul"), (vector(4), IMAGE)).run(v, x)
    torch.testing.assert_close(gate, v.view(2, 4, 1, 1) * x)
    mean = Row(make("mean"), (sequence(5, 4), vector(4))).run(s, v)
    torch.testing.assert_close(mean, (s + v.view(2, 1, 4)) / 2)
    largest = Row(make("max"), (IMAGE, IMAGE, vector(4))).run(x, -x, v)
    torch.testing.assert_close(largest, torch.maximum(x.abs(), v.view(2, 4, 1, 1)))


EXPORTED = [
    ("conv", {"kernel": 4, "out": 3, "pad": "same"}),
    ("conv", {"kernel": 3, "out": 2, "connect": ((0, 1), (2, 3, 1))}),
    ("sepconv", {"kernel": 4, "out": 3, "pad": "tf-same"}),
    ("maxpool", {"kernel": 4, "pad": "same"}),
    ("avgpool", {"kernel": 4, "pad": "tf-same"}),
    ("subsample", {}),
    ("bn", {"axis": "h"}),
    ("ln", {}),
    ("rmsnorm", {}),
    ("affine", {}),
    ("layerscale", {}),
    ("droppath", {}),
    ("scaledtanh", {}),
]


@pytest.mark.parametrize(("name", "attrs"), EXPORTED)
def test_prelude_classes_export(name: str, attrs: dict[str, object]) -> None:
    module = built(name, IMAGE, **attrs).eval()
    exported = torch.export.export(module, (image(),)).module()
    torch.testing.assert_close(exported(image()), module(image()))
