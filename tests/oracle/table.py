"""Which network of `specs/` is which network of the reference data. New specs add rows here."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A network of a spec (`specs/x.arch:NETWORK`) and the reference network that it must equal.

    `order="ran"`: layers run, and stand in the state_dict, in the reference's order.
    `order="any"`: parallel branches stand in another order than there (a library registers a
    shortcut after its block, we write it where it is), so layers and tensors are compared as a
    collection; the probe, which knows no order, still compares how they are wired.
    `deep=False` leaves out the probe, and `why` says what speaks against it.
    `slow` is set where building and running the network takes more than some five seconds.
    """

    spec: str
    reference: str
    order: str = "ran"
    deep: bool = True
    slow: bool = False
    why: str = ""


TABLE = (
    Row(
        "specs/lenet.arch:LeNet-5",
        "lenet5_1998",
        deep=False,
        why="its probe and tensors depend on how the partial convolution stores its kernels;"
        " test_lenet1998.py compares it as a function",
    ),
    Row("specs/lenet.arch:LeNet-5-modern", "lenet5_modern"),
    Row("specs/lenet.arch:LeNet-Caffe", "lenet_caffe"),
    Row("specs/alexnet.arch:AlexNet", "alexnet_2012"),
    Row("specs/alexnet.arch:AlexNet-Caffe", "alexnet_bvlc"),
    Row("specs/alexnet.arch:AlexNet-ungrouped", "alexnet_ungrouped"),
    Row("specs/alexnet.arch:AlexNet-single", "alexnet_torchvision"),
    Row("specs/vgg_e.arch", "vgg_e", slow=True),
    Row("specs/vgg.arch:VGG-A", "vgg_a", slow=True),
    Row("specs/vgg.arch:VGG-A-LRN", "vgg_a_lrn", slow=True),
    Row("specs/vgg.arch:VGG-B", "vgg_b", slow=True),
    Row("specs/vgg.arch:VGG-C", "vgg_c", slow=True),
    Row("specs/vgg.arch:VGG-D", "vgg_d", slow=True),
    Row("specs/vgg.arch:VGG-E", "vgg_e", slow=True),
)
