"""Weights of torchvision's models, copied over by their order, give the same outputs.

Large networks are compared when `ORACLE=all` is set (`make oracle-all`).
"""

from __future__ import annotations

import os
from types import ModuleType
from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

from archdsl.backends.torch.live import build_network
from tests.oracle.reference import load, trim


class Pair(NamedTuple):
    """A network of a spec and torchvision's, both registering their tensors in one order.

    `slow` is set where the two together take more than some ten seconds.
    """

    spec: str
    model: str
    options: dict[str, Any] = {}
    slow: bool = False


PLAIN = {"init_weights": False}
NO_AUX = {"init_weights": False, "aux_logits": False, "transform_input": False}

PAIRS = (
    Pair("specs/alexnet.arch:AlexNet-single", "alexnet"),
    Pair("specs/vgg.arch:VGG-A", "vgg11", PLAIN),
    Pair("specs/vgg.arch:VGG-B", "vgg13", PLAIN, slow=True),
    Pair("specs/vgg.arch:VGG-D", "vgg16", PLAIN, slow=True),
    Pair("specs/vgg.arch:VGG-E", "vgg19", PLAIN, slow=True),
    Pair("specs/vgg_bn.arch:VGG-11-BN", "vgg11_bn", PLAIN, slow=True),
    Pair("specs/vgg_bn.arch:VGG-13-BN", "vgg13_bn", PLAIN, slow=True),
    Pair("specs/vgg_bn.arch:VGG-16-BN", "vgg16_bn", PLAIN, slow=True),
    Pair("specs/vgg_bn.arch:VGG-19-BN", "vgg19_bn", PLAIN, slow=True),
    Pair("specs/googlenet_bn.arch:GoogLeNet-BN-deploy", "googlenet", NO_AUX),
    Pair("specs/inception.arch:Inception-v3-deploy", "inception_v3", NO_AUX),
    Pair("specs/resnet.arch:ResNet-18", "resnet18"),
    Pair("specs/resnet.arch:ResNet-50", "resnet50"),
    Pair("specs/resnet.arch:ResNet-152", "resnet152", slow=True),
    Pair("specs/resnext.arch:ResNeXt-50-32x4d", "resnext50_32x4d"),
    Pair("specs/wide_resnet.arch:Wide-ResNet-50-2", "wide_resnet50_2", slow=True),
    Pair("specs/squeezenet.arch:SqueezeNet-1_0", "squeezenet1_0"),
    Pair("specs/squeezenet.arch:SqueezeNet-1_1", "squeezenet1_1"),
    Pair("specs/densenet.arch:DenseNet-121", "densenet121"),
    Pair("specs/mobilenet.arch:MobileNetV2", "mobilenet_v2"),
    Pair("specs/mobilenet.arch:MobileNetV3-Large", "mobilenet_v3_large"),
    Pair("specs/mobilenet.arch:MobileNetV3-Small", "mobilenet_v3_small"),
    Pair("specs/efficientnet.arch:EfficientNet-B0", "efficientnet_b0"),
    Pair("specs/mnasnet.arch:MNASNet", "mnasnet1_0"),
    Pair("specs/shufflenet.arch:ShuffleNetV2-x0_5", "shufflenet_v2_x0_5"),
    Pair("specs/shufflenet.arch:ShuffleNetV2-x1_0", "shufflenet_v2_x1_0"),
)
CHOSEN = [pair for pair in PAIRS if os.environ.get("ORACLE") == "all" or not pair.slow]


@pytest.fixture(scope="module")
def torchvision() -> ModuleType:
    try:
        import torchvision
    except RuntimeError:
        # A torchvision built for another torch has no operators, and looks for two of them.
        stub = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            stub.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import torchvision
    return torchvision


@pytest.mark.parametrize("pair", CHOSEN, ids=lambda pair: pair.model)
def test_same_weights_give_the_same_outputs(pair: Pair, torchvision: ModuleType) -> None:
    torch.manual_seed(0)
    network = load(pair.spec)
    model = torchvision.models.get_model(pair.model, weights=None, **pair.options).eval()
    scatter_statistics(model)
    net = build_network(network, spec_name=pair.spec, logits=True, device="meta").eval()
    copy_by_order(model, net)
    x = torch.randn(1, *network.module.inputs[0].type.dims)
    with torch.no_grad():
        wanted, got = model(x), net(x)
    assert wanted.std() > 0
    torch.testing.assert_close(got, wanted, rtol=0, atol=1e-5 * float(wanted.abs().max()))


def scatter_statistics(model: nn.Module) -> None:
    """Fresh norms do nothing; these do something, and each something else."""
    for norm in model.modules():
        if isinstance(norm, nn.BatchNorm2d):
            for tensor in (norm.running_var, norm.weight.data):
                assert tensor is not None
                tensor.uniform_(0.5, 1.5)
            for tensor in (norm.running_mean, norm.bias.data):
                assert tensor is not None
                tensor.uniform_(-0.1, 0.1)


def copy_by_order(source: nn.Module, target: nn.Module) -> None:
    """Gives `target` the tensors of `source`: the n-th is the n-th, whatever their names."""
    given, wanted = source.state_dict(), target.state_dict()
    state = {}
    for (key, held), tensor in zip(wanted.items(), given.values(), strict=True):
        assert trim(tuple(held.shape)) == trim(tuple(tensor.shape)), key
        state[key] = tensor.reshape(held.shape)
    target.load_state_dict(state, assign=True)
