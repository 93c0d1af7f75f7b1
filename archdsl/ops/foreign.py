"""Names that PyTorch and Keras have for layers and attributes, and what they are called here."""

from __future__ import annotations

LAYERS = {
    "concatenate": "concat",
    "cat": "concat",
    "sum": "add",
    "plus": "add",
    "product": "mul",
    "subtract": "sub",
    "multiply": "mul",
    "average": "mean",
    "maximum": "max",
    "dense": "FC",
    "convtranspose": "deconv",
    "transposedconv": "deconv",
    "upconv": "deconv",
    "convtranspose1d": "deconv",
    "convtranspose2d": "deconv",
    "convtranspose3d": "deconv",
    "conv2dtranspose": "deconv",
    "depthwise": "dwconv",
    "depthwiseconv": "dwconv",
    "depthwiseconv2d": "dwconv",
    "separableconv": "sepconv",
    "depthwiseseparableconv": "sepconv",
    "separableconv2d": "sepconv",
    "multiheadattention": "attention",
    "view": "reshape",
    "unsqueeze": "reshape",
    "globalaveragepooling1d": "gap",
    "globalaveragepooling2d": "gap",
    "globalaveragepooling3d": "gap",
    "globalpool": "gap",
    "globalaveragepool": "gap",
    "globalaveragepooling": "gap",
    "globalmaxpooling": "gmp",
    "globalmaxpooling1d": "gmp",
    "globalmaxpooling2d": "gmp",
    "globalmaxpooling3d": "gmp",
    "maxpooling1d": "maxpool",
    "maxpooling2d": "maxpool",
    "maxpooling3d": "maxpool",
    "averagepooling1d": "avgpool",
    "averagepooling2d": "avgpool",
    "averagepooling3d": "avgpool",
    "meanpool": "avgpool",
    "averagepool": "avgpool",
    "averagepooling": "avgpool",
    "maxpooling": "maxpool",
    "avepool": "avgpool",
    "lrelu": "leakyrelu",
    "dsconv": "sepconv",
    "dwsconv": "sepconv",
    "dwsepconv": "sepconv",
    "innerproduct": "FC",
    "fullyconnected": "FC",
    "batchnormalization": "bn",
    "layernormalization": "ln",
    "localresponsenorm": "lrn",
    "zeropadding1d": "pad",
    "zeropadding2d": "pad",
    "zeropadding3d": "pad",
    "zeropad2d": "pad",
    "upsampling2d": "upsample",
    "conv1d": "conv",
    "conv2d": "conv",
    "conv3d": "conv",
}
"""Kinds by what others call them, in small letters without `_`."""

HELP = {
    "conv": "a convolution is written `conv3-64`: kernel 3, 64 channels out; what comes in is "
    "inferred",
    "deconv": "it is written `deconv2-64/2`: kernel 2, 64 channels out, stride 2",
    "pad": "it is written `pad(1)`, `pad(1x2)` for height and width",
    "lrn": "it is written `lrn5`, over 5 channels",
    "upsample": "it is written `upsample(2)`",
    "concat": "it is written `concat[ @a | @b ]`",
    "sub": "it is written `sub[ @a | @b ]`",
    "mul": "it is written `mul[ @a | @b ]`",
    "FC": "it is written `FC-128`; what comes in is inferred",
    "dwconv": "it is written `dwconv3`, of kernel 3",
    "sepconv": "it is written `sepconv3-64`",
    "attention": "it is written `attention(8)`, with 8 heads",
    "reshape": "it is written `reshape(1x28x28)`, or `reshape(49x512, to=seq)`",
}
"""How a kind is written, where its arguments stand in another order than elsewhere."""

CHANNELS = "it is written `dropout(0.5, channels=true)`"
NONE = "there is no such kind: `archdsl kinds` lists them, and a block says what others compute"
GATED = "it is written `mul[ FC-512, {} | FC-512 ]`"
RESIDUAL = "what adds its input is written `residual[ conv3-64, relu, conv3-64 ]`"
OTHERS = {
    "dropout1d": CHANNELS,
    "dropout2d": CHANNELS,
    "dropout3d": CHANNELS,
    "spatialdropout1d": CHANNELS,
    "spatialdropout2d": CHANNELS,
    "spatialdropout3d": CHANNELS,
    "tconv": "a transposed convolution is written `deconv2-64/2`",
    **dict.fromkeys(["skip", "shortcut", "skipconnection"], RESIDUAL),
    **dict.fromkeys(
        ["positions", "posenc", "positionembedding", "positionalembedding", "positionalencoding"],
        "`posembed` adds a vector to each position of what comes in",
    ),
    **dict.fromkeys(
        ["last", "laststep", "lasttoken", "first", "firsttoken"],
        "`at(-1)` is the last position of a sequence, `at(0)` the first one",
    ),
    "gmap": "`gmp` takes the largest of a map, `gap` the mean",
    "bilstm": "it is written `lstm(128, bidirectional=true)`",
    "bigru": "it is written `gru(128, bidirectional=true)`",
    "bilinear": "it is written `upsample(2, mode=bilinear)`",
    "pwconv": "it is written `conv1-64`, of kernel 1",
    "pointwiseconv": "it is written `conv1-64`, of kernel 1",
    "gconv": "it is written `conv3-64(groups=32)`",
    "groupconv": "it is written `conv3-64(groups=32)`",
    "groupedconv": "it is written `conv3-64(groups=32)`",
    "swiglu": GATED.format("silu"),
    "geglu": GATED.format("gelu"),
    "reglu": GATED.format("relu"),
    **dict.fromkeys(
        [
            "celu",
            "rrelu",
            "crelu",
            "frelu",
            "logsigmoid",
            "softmin",
            "softsign",
            "softshrink",
            "hardshrink",
            "hardtanh",
            "tanhshrink",
            "threshold",
            "maxunpool",
            "minpool",
            "sumpool",
            "lppool",
            "alphadropout",
            "deformconv",
            "deformableconv",
            "maskedconv",
            "partialconv",
            "pconv",
            "abn",
            "ibn",
            "lbn",
            "fbn",
        ],
        NONE,
    ),
}
"""Layers of others that are no kind of their own here, in small letters without `_`."""

ATTRIBUTES = {
    "activation": "act",
    "nonlinearity": "act",
    "normalization": "norm",
    "padding": "pad",
    "paddings": "pad",
    "kernelsize": "kernel",
    "poolsize": "kernel",
    "strides": "stride",
    "dilationrate": "dilation",
    "outchannels": "out",
    "outfeatures": "out",
    "numoutput": "out",
    "numoutputs": "out",
    "numfilters": "out",
    "numfilter": "out",
    "numunits": "out",
    "nout": "out",
    "filters": "out",
    "units": "out",
    "channels": "out",
    "features": "out",
    "hiddensize": "out",
    "scalefactor": "factor",
    "numheads": "heads",
    "nheads": "heads",
    "nhead": "heads",
    "epsilon": "eps",
    "localsize": "size",
    "outputpadding": "output_pad",
    "ceilmode": "ceil",
    "countincludepad": "count_pad",
    "aligncorners": "align",
    "numembeddings": "vocab",
    "embeddingdim": "dim",
    "numlayers": "layers",
    "usebias": "bias",
    "numgroups": "groups",
    "negativeslope": "slope",
    "rate": "p",
    "dropoutratio": "p",
    "dropoutrate": "p",
    "prob": "p",
    "dim": "axis",
    "dims": "axis",
}
"""Attributes by what others call them, in small letters without `_`."""

INITS = {
    "henormal": "he",
    "kaiming": "he",
    "kaimingnormal": "he",
    "msra": "he",
    "kaiminguniform": "he_uniform",
    "xavier": "glorot",
    "xavieruniform": "glorot",
    "glorotuniform": "glorot",
    "xaviernormal": "glorot_normal",
    "lecunnormal": "lecun",
    "zero": "zeros",
    "one": "ones",
}
"""Distributions of first weights by what others call them, in small letters without `_`."""

COMES_IN = "what comes in is inferred"
NEEDLESS = {
    "inchannels": COMES_IN,
    "inchannel": COMES_IN,
    "infeatures": COMES_IN,
    "inplanes": COMES_IN,
    "inputchannels": COMES_IN,
    "inputsize": COMES_IN,
    "inputdim": COMES_IN,
    "inputshape": COMES_IN,
    "numfeatures": COMES_IN,
    "inplace": "in place or not, the result is the same",
    "batchfirst": "the batch always comes first",
    "dataformat": "channels always come first, and `memory_format` of the module says how they lie",
    "device": "`device` is an argument of the module",
    "dtype": "`dtype` is an argument of the module",
}
"""What others have to be told, and is not said of a layer here; why not."""


def plain(word: str) -> str:
    """A name in small letters without `_`."""
    return word.lower().replace("_", "")


def own_layer(word: str) -> str:
    """The kind that others call `word`, or an empty string."""
    return LAYERS.get(plain(word), "")


def other_layer(word: str) -> str:
    """How a layer of others is written that is no kind of its own here, or an empty string."""
    return OTHERS.get(plain(word), "")


def own_attribute(word: str, known: list[str]) -> str:
    """The attribute among `known` that others call `word`, or an empty string."""
    found = ATTRIBUTES.get(plain(word), "")
    return found if found in known else ""
