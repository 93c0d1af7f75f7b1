"""Arguments, values and shorthand that a layer or block does not take."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError


class UnknownArgument(ArchError):
    """A layer, block or network has no parameter of that name.

    Wrong:

        input 3x32x32
        conv3-8(strides=2)

    Right:

        input 3x32x32
        conv3-8(stride=2)
    """

    id = "unknown-argument"


class BadArgument(ArchError):
    """An argument has a value that its parameter does not take.

    Wrong:

        input 3x32x32
        conv0-8

    Right:

        input 3x32x32
        conv1-8
    """

    id = "bad-argument"


class MissingArgument(ArchError):
    """A layer, block or network needs an argument that is not given.

    Wrong:

        input 3x32x32
        conv3

    Right:

        input 3x32x32
        conv3-8
    """

    id = "missing-argument"


class RepeatedArgument(ArchError):
    """An argument is given twice, by its shorthand and by its name, or by place and by name.

    Wrong:

        input 3x32x32
        conv3-8(kernel=5)

    Right:

        input 3x32x32
        conv5-8
    """

    id = "repeated-argument"


class TooManyArguments(ArchError):
    """More arguments by place than there are parameters to take them.

    Wrong:

        input 3x32x32
        dropout(0.5, 2)

    Right:

        input 3x32x32
        dropout(0.5)
    """

    id = "too-many-arguments"


class NoShorthand(ArchError):
    """Digits, `-value` or `/value` after a name that gives them no meaning.

    Only built-in kinds have a shorthand, each its own: `archdsl kinds KIND` tells it.

    Wrong:

        input 3x32x32
        relu-2

    Right:

        input 3x32x32
        relu
    """

    id = "no-shorthand"


class BadValue(ArchError):
    """An expression cannot be computed: an operator between values that it does not take.

    Wrong:

        input 3x32x32
        let widths = [8, 16]
        conv3-(widths + 1)

    Right:

        input 3x32x32
        let widths = [8, 16]
        conv3-(widths[0] + 1)
    """

    id = "bad-value"


class BadShare(ArchError):
    """`share=a` where `a` is no earlier layer or call with weights of the same shapes.

    Wrong:

        input 3x32x32
        a: conv3-8
        conv3-8(share=a)

    Right:

        input 8x32x32
        a: conv3-8
        conv3-8(share=a)
    """

    id = "bad-share"


class NetworkChannels(ArchError):
    """`c` in a network's own body, where it would be the input's channels.

    `c` is the channels of the tensor that enters a block, a bracket or a repeated group.

    Wrong:

        input 3x32x32
        conv3-(2*c)

    Right:

        input 3x32x32
        conv3-6
    """

    id = "network-channels"
