"""Which network of `specs/` is which network of the reference data. New specs add rows here."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A network of a spec (`specs/x.arch:NETWORK`) and the reference network that it must equal.

    `order="ran"`: layers run, and stand in the state_dict, in the reference's order.
    `order="forward"`: layers run in the reference's order; it registers them in another one, so
    the tensors of the state_dict are compared as a collection.
    `order="any"`: parallel branches stand in another order than there (a library registers a
    shortcut after its block, we write it where it is), so layers and tensors are compared as a
    collection; the probe, which knows no order, still compares how they are wired.
    `stored=False`: a layer keeps its numbers in other tensors than there, so layers are compared
    by how many numbers they hold, and `why` says which test compares values instead.
    `slow` is set where building and running the network in float64 takes more than some three
    seconds.
    """

    spec: str
    reference: str
    order: str = "ran"
    stored: bool = True
    slow: bool = False
    why: str = ""


TABLE = (
    Row(
        "specs/lenet.arch:LeNet-5",
        "lenet5_1998",
        stored=False,
        why="a partial convolution may keep its kernels in many ways: test_lenet1998.py",
    ),
    Row("specs/lenet.arch:LeNet-5-modern", "lenet5_modern"),
    Row("specs/lenet.arch:LeNet-Caffe", "lenet_caffe"),
    Row("specs/alexnet.arch:AlexNet", "alexnet_2012"),
    Row("specs/alexnet.arch:AlexNet-Caffe", "alexnet_bvlc"),
    Row("specs/alexnet.arch:AlexNet-ungrouped", "alexnet_ungrouped"),
    Row("specs/alexnet.arch:AlexNet-single", "alexnet_torchvision"),
    Row("specs/vgg_e.arch", "vgg_e"),
    Row("specs/vgg.arch:VGG-A", "vgg_a"),
    Row("specs/vgg.arch:VGG-A-LRN", "vgg_a_lrn", slow=True),
    Row("specs/vgg.arch:VGG-B", "vgg_b", slow=True),
    Row("specs/vgg.arch:VGG-C", "vgg_c", slow=True),
    Row("specs/vgg.arch:VGG-D", "vgg_d", slow=True),
    Row("specs/vgg.arch:VGG-E", "vgg_e", slow=True),
    Row("specs/vgg.arch:VGG-A", "vgg11"),
    Row("specs/vgg.arch:VGG-B", "vgg13", slow=True),
    Row("specs/vgg.arch:VGG-D", "vgg16", slow=True),
    Row("specs/vgg.arch:VGG-E", "vgg19", slow=True),
    Row("specs/vgg_bn.arch:VGG-16-BN", "vgg16_bn", slow=True),
    Row("specs/mobilenet.arch:MobileNetV1", "mobilenet_v1"),
    Row("specs/mobilenet.arch:MobileNetV1-ReLU6", "mobilenetv1_100"),
    Row("specs/mobilenet.arch:MobileNetV2", "mobilenet_v2"),
    Row("specs/mobilenet.arch:MobileNetV3-Large", "mobilenet_v3_large"),
    Row("specs/mobilenet.arch:MobileNetV3-Small", "mobilenet_v3_small"),
    Row("specs/efficientnet.arch:EfficientNet-B0", "efficientnet_b0"),
    Row("specs/efficientnet.arch:EfficientNet-B1", "efficientnet_b1"),
    Row("specs/efficientnet.arch:EfficientNet-B2", "efficientnet_b2"),
    Row("specs/efficientnet.arch:EfficientNet-B3", "efficientnet_b3"),
    Row("specs/efficientnet.arch:EfficientNet-B4", "efficientnet_b4"),
    Row("specs/efficientnet.arch:EfficientNet-B5", "efficientnet_b5", slow=True),
    Row("specs/efficientnet.arch:EfficientNet-B6", "efficientnet_b6", slow=True),
    Row("specs/efficientnet.arch:EfficientNet-B7", "efficientnet_b7", slow=True),
    Row("specs/mnasnet.arch:MNASNet", "mnasnet1_0"),
    Row("specs/shufflenet.arch:ShuffleNetV2-x0_5", "shufflenet_v2_x0_5"),
    Row("specs/shufflenet.arch:ShuffleNetV2-x1_0", "shufflenet_v2_x1_0"),
    Row("specs/squeezenet.arch:SqueezeNet-1_0", "squeezenet1_0"),
    Row("specs/squeezenet.arch:SqueezeNet-1_1", "squeezenet1_1"),
    Row("specs/densenet.arch:DenseNet-121", "densenet121"),
    Row("specs/densenet.arch:DenseNet-169", "densenet169"),
    Row("specs/densenet.arch:DenseNet-201", "densenet201"),
    Row("specs/highway.arch:Highway-10", "highway_fc10"),
    Row("specs/highway.arch:Highway-20", "highway_fc20"),
    Row("specs/highway.arch:Highway-50", "highway_fc50"),
    Row("specs/highway.arch:Highway-MNIST-16", "highway_mnist_conv16"),
    Row("specs/highway.arch:Highway-MNIST-32", "highway_mnist_conv32"),
    Row("specs/highway.arch:Highway-CIFAR-19", "highway_cifar10_19"),
    Row("specs/resnet.arch:ResNet-18", "resnet18"),
    Row("specs/resnet.arch:ResNet-34", "resnet34"),
    Row("specs/resnet.arch:ResNet-50", "resnet50"),
    Row("specs/resnet.arch:ResNet-101", "resnet101"),
    Row("specs/resnet.arch:ResNet-152", "resnet152"),
    Row("specs/resnet_variants.arch:ResNet-50-v1", "resnet50_v1"),
    Row("specs/resnet_variants.arch:ResNet-101-v1", "resnet101_v1"),
    Row("specs/resnet_variants.arch:ResNet-152-v1", "resnet152_v1"),
    Row("specs/resnet_variants.arch:ResNet-18-A", "resnet18_optionA"),
    Row("specs/resnet_variants.arch:ResNet-34-A", "resnet34_optionA"),
    Row("specs/resnet_variants.arch:ResNet-34-C", "resnet34_optionC"),
    Row("specs/resnet_variants.arch:Plain-18", "plain18"),
    Row("specs/resnet_variants.arch:Plain-34", "plain34"),
    Row("specs/resnet_cifar.arch:ResNet-20", "resnet20_cifar_A"),
    Row("specs/resnet_cifar.arch:ResNet-32", "resnet32_cifar_A"),
    Row("specs/resnet_cifar.arch:ResNet-44", "resnet44_cifar_A"),
    Row("specs/resnet_cifar.arch:ResNet-56", "resnet56_cifar_A"),
    Row("specs/resnet_cifar.arch:ResNet-110", "resnet110_cifar_A"),
    Row("specs/resnet_cifar.arch:ResNet-1202", "resnet1202_cifar_A"),
    Row("specs/resnet_cifar.arch:ResNet-20-B", "resnet20_cifar_B"),
    Row("specs/resnet_cifar.arch:ResNet-32-B", "resnet32_cifar_B"),
    Row("specs/resnet_cifar.arch:ResNet-44-B", "resnet44_cifar_B"),
    Row("specs/resnet_cifar.arch:ResNet-56-B", "resnet56_cifar_B"),
    Row("specs/resnet_cifar.arch:ResNet-110-B", "resnet110_cifar_B"),
    Row("specs/resnet_cifar.arch:ResNet-1202-B", "resnet1202_cifar_B"),
    Row("specs/resnet_cifar.arch:Plain-20", "plain20_cifar"),
    Row("specs/resnet_cifar.arch:Plain-56", "plain56_cifar"),
    Row("specs/resnext.arch:ResNeXt-50-32x4d", "resnext50_32x4d"),
    Row("specs/resnext.arch:ResNeXt-101-32x8d", "resnext101_32x8d"),
    Row("specs/wide_resnet.arch:Wide-ResNet-50-2", "wide_resnet50_2"),
    Row("specs/wide_resnet.arch:Wide-ResNet-101-2", "wide_resnet101_2"),
    Row("specs/senet.arch:SE-ResNet-50", "seresnet50"),
    Row("specs/senet.arch:SE-ResNet-50-v1", "legacy_seresnet50", order="any"),
    Row("specs/googlenet.arch:GoogLeNet-deploy", "googlenet_paper"),
    Row("specs/googlenet.arch:GoogLeNet", "googlenet_paper_aux", order="any"),
    Row("specs/googlenet_bn.arch:GoogLeNet-BN-deploy", "googlenet"),
    Row("specs/googlenet_bn.arch:GoogLeNet-BN", "googlenet_aux", order="any"),
    Row("specs/inception.arch:Inception-v3-deploy", "inception_v3"),
    Row("specs/inception.arch:Inception-v3", "inception_v3_aux"),
    Row("specs/inception_resnet.arch:Inception-ResNet-v1", "inception_resnet_v1"),
    Row("specs/inception_resnet.arch:Inception-ResNet-v2", "inception_resnet_v2"),
    Row("specs/xception.arch:Xception", "xception", order="forward"),
)
