"""Which network of `specs/` is which module of torchvision or timm. New specs add rows here."""

from __future__ import annotations

import os
from typing import Any, NamedTuple


class Pair(NamedTuple):
    """A network of a spec (`specs/x.arch:NETWORK`) and the library's model that it must equal.

    Both register their tensors in one order, unless `ported` is set: then `archdsl.weights`
    finds the order, as for a published checkpoint. `heads` are the fields of the model's
    training outputs in the order of ours; where there are any, training outputs are compared.
    `slow` is set where the two together take more than some three seconds.
    """

    spec: str
    model: str
    options: dict[str, Any] = {}
    heads: tuple[str, ...] = ()
    ported: bool = False
    slow: bool = False


def choose(pairs: tuple[Pair, ...]) -> list[Pair]:
    """Those that a run compares: the slow ones only with `ORACLE=all`."""
    return [pair for pair in pairs if os.environ.get("ORACLE") == "all" or not pair.slow]


PLAIN = {"init_weights": False}
AUX = {"init_weights": False, "aux_logits": True, "transform_input": False}
NO_AUX = AUX | {"aux_logits": False}

TORCHVISION = (
    Pair("specs/alexnet.arch:AlexNet-single", "alexnet"),
    Pair("specs/vgg.arch:VGG-A", "vgg11", PLAIN),
    Pair("specs/vgg.arch:VGG-B", "vgg13", PLAIN, slow=True),
    Pair("specs/vgg.arch:VGG-D", "vgg16", PLAIN, slow=True),
    Pair("specs/vgg.arch:VGG-E", "vgg19", PLAIN, slow=True),
    Pair("specs/vgg_bn.arch:VGG-11-BN", "vgg11_bn", PLAIN),
    Pair("specs/vgg_bn.arch:VGG-13-BN", "vgg13_bn", PLAIN, slow=True),
    Pair("specs/vgg_bn.arch:VGG-16-BN", "vgg16_bn", PLAIN, slow=True),
    Pair("specs/vgg_bn.arch:VGG-19-BN", "vgg19_bn", PLAIN, slow=True),
    Pair("specs/googlenet_bn.arch:GoogLeNet-BN-deploy", "googlenet", NO_AUX),
    Pair(
        "specs/googlenet_bn.arch:GoogLeNet-BN",
        "googlenet",
        AUX,
        heads=("aux_logits1", "aux_logits2", "logits"),
        ported=True,
    ),
    Pair("specs/inception.arch:Inception-v3-deploy", "inception_v3", NO_AUX),
    Pair("specs/inception.arch:Inception-v3", "inception_v3", AUX, heads=("aux_logits", "logits")),
    Pair("specs/resnet.arch:ResNet-18", "resnet18"),
    Pair("specs/resnet.arch:ResNet-34", "resnet34"),
    Pair("specs/resnet.arch:ResNet-50", "resnet50"),
    Pair("specs/resnet.arch:ResNet-101", "resnet101"),
    Pair("specs/resnet.arch:ResNet-152", "resnet152"),
    Pair("specs/resnext.arch:ResNeXt-50-32x4d", "resnext50_32x4d"),
    Pair("specs/resnext.arch:ResNeXt-101-32x8d", "resnext101_32x8d", slow=True),
    Pair("specs/wide_resnet.arch:Wide-ResNet-50-2", "wide_resnet50_2"),
    Pair("specs/wide_resnet.arch:Wide-ResNet-101-2", "wide_resnet101_2", slow=True),
    Pair("specs/squeezenet.arch:SqueezeNet-1_0", "squeezenet1_0"),
    Pair("specs/squeezenet.arch:SqueezeNet-1_1", "squeezenet1_1"),
    Pair("specs/densenet.arch:DenseNet-121", "densenet121"),
    Pair("specs/densenet.arch:DenseNet-169", "densenet169"),
    Pair("specs/densenet.arch:DenseNet-201", "densenet201"),
    Pair("specs/mobilenet.arch:MobileNetV2", "mobilenet_v2"),
    Pair("specs/mobilenet.arch:MobileNetV3-Large", "mobilenet_v3_large"),
    Pair("specs/mobilenet.arch:MobileNetV3-Small", "mobilenet_v3_small"),
    Pair("specs/efficientnet.arch:EfficientNet-B0", "efficientnet_b0"),
    Pair("specs/efficientnet.arch:EfficientNet-B1", "efficientnet_b1"),
    Pair("specs/efficientnet.arch:EfficientNet-B2", "efficientnet_b2"),
    Pair("specs/efficientnet.arch:EfficientNet-B3", "efficientnet_b3"),
    Pair("specs/efficientnet.arch:EfficientNet-B4", "efficientnet_b4"),
    Pair("specs/efficientnet.arch:EfficientNet-B5", "efficientnet_b5", slow=True),
    Pair("specs/efficientnet.arch:EfficientNet-B6", "efficientnet_b6", slow=True),
    Pair("specs/efficientnet.arch:EfficientNet-B7", "efficientnet_b7", slow=True),
    Pair("specs/mnasnet.arch:MNASNet", "mnasnet1_0"),
    Pair("specs/shufflenet.arch:ShuffleNetV2-x0_5", "shufflenet_v2_x0_5"),
    Pair("specs/shufflenet.arch:ShuffleNetV2-x1_0", "shufflenet_v2_x1_0"),
)

TIMM = (
    Pair("specs/mobilenet.arch:MobileNetV1-ReLU6", "mobilenetv1_100"),
    Pair("specs/senet.arch:SE-ResNet-50", "seresnet50"),
    Pair("specs/senet.arch:SE-ResNet-50-v1", "legacy_seresnet50", ported=True),
    Pair("specs/xception.arch:Xception", "legacy_xception", ported=True),
    Pair("specs/inception_resnet.arch:Inception-ResNet-v2", "inception_resnet_v2"),
)
