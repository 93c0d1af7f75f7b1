"""What can be wrong with a spec beyond its syntax; each docstring is the `explain` page."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError


class UnknownLayer(ArchError):
    """A step names no layer kind, and no block or network that is in sight.

    Wrong:

        input 3x32x32
        covn3-64

    Right:

        input 3x32x32
        conv3-64
    """

    id = "unknown-layer"


class UnknownName(ArchError):
    """An expression uses a name that nothing defines here.

    Parameters and `let`s are seen inside the block or network that defines them.

    Wrong:

        input 3x32x32
        let width = 8
        conv3-(2*widht)

    Right:

        input 3x32x32
        let width = 8
        conv3-(2*width)
    """

    id = "unknown-name"


class UnknownTensor(ArchError):
    """`@name` names no tensor here.

    A label begins its line: `stem: conv3-8`. It is seen in its own block only, and not
    outside of a repeated group.

    Wrong:

        input 3x32x32
        stem: conv3-8
        add[ identity | @stam ]

    Right:

        input 3x32x32
        stem: conv3-8
        relu
        add[ identity | @stem ]
    """

    id = "unknown-tensor"


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


class BadName(ArchError):
    """A name that cannot be given: a reserved word, a kind's name, or one that reads as a kind
    with digits (`conv3` would be a convolution of kernel 3).

    Wrong:

        input 3x32x32
        conv1: conv3-8

    Right:

        input 3x32x32
        stem: conv3-8
    """

    id = "bad-name"


class RepeatedName(ArchError):
    """Two things of one name in one scope.

    Wrong:

        input 3x32x32
        let width = 8
        let width = 16
        conv3-width

    Right:

        input 3x32x32
        let width = 16
        conv3-width
    """

    id = "repeated-name"


class RepeatedNetwork(ArchError):
    """Two networks of one file have the same name.

    Wrong:

        network Net {
            input 3x32x32
            conv3-8
        }
        network Net {
            input 3x32x32
            conv3-16
        }

    Right:

        network Narrow {
            input 3x32x32
            conv3-8
        }
        network Wide {
            input 3x32x32
            conv3-16
        }
    """

    id = "repeated-network"


class UnusedTensor(ArchError):
    """A tensor is made and nobody uses it: a chain that leads nowhere.

    A line that starts with `@name` leaves the tensor before it; that one must be used by name.

    Wrong:

        input 3x32x32
        stem: conv3-8
        conv3-16
        @stem, conv3-32

    Right:

        input 3x32x32
        stem: conv3-8
        a: conv3-16
        @stem, conv3-16
        add[ identity | @a ]
    """

    id = "unused-tensor"


class UnusedInput(ArchError):
    """An input, or a tensor that a block takes, is used by nothing.

    Wrong:

        input left: 3x32x32
        input right: 3x32x32
        @left, conv3-8

    Right:

        input left: 3x32x32
        input right: 3x32x32
        a: @left, conv3-8
        @right, conv3-8
        add[ identity | @a ]
    """

    id = "unused-input"


class MissingInput(ArchError):
    """A network does not say what goes in, or a step has no tensor to work on.

    Wrong:

        conv3-8

    Right:

        input 3x32x32
        conv3-8
    """

    id = "missing-input"


class BadInput(ArchError):
    """An `input` that stands too late, twice, or describes no tensor.

    An image is `CxHxW`; other layouts are named: `input 784`, `input seq 196x768`,
    `input signal 1x16000`, `input volume 1x16x112x112`, `input tokens 128`.

    Wrong:

        input 32x32
        conv3-8

    Right:

        input 3x32x32
        conv3-8
    """

    id = "bad-input"


class EmptyNetwork(ArchError):
    """A file or a network without a single layer.

    Wrong:

        input 3x32x32

    Right:

        input 3x32x32
        conv3-8
    """

    id = "empty-network"


class MisplacedStatement(ArchError):
    """A statement where it has no meaning: layers beside networks, or a `network` in a block.

    Wrong:

        network Net {
            input 3x32x32
            conv3-8
        }
        relu

    Right:

        network Net {
            input 3x32x32
            conv3-8
            relu
        }
    """

    id = "misplaced-statement"


class NotAJoin(ArchError):
    """Branches in brackets after something that joins nothing.

    Wrong:

        input 3x32x32
        conv3-8[ identity | relu ]

    Right:

        input 3x32x32
        add[ identity | relu ]
    """

    id = "not-a-join"


class JoinNeedsBranches(ArchError):
    """A join without branches, or one whose branches all fell away.

    Wrong:

        input 3x32x32
        concat

    Right:

        input 3x32x32
        concat[ conv1-8 | conv3-8 ]
    """

    id = "join-needs-branches"


class ResidualMismatch(ArchError):
    """The body of a `residual` gives another shape than what enters it, and nothing mends that.

    `shortcut=conv` projects by a strided 1x1 convolution (ResNet's option B), `shortcut=pad`
    subsamples and pads channels with zeros (option A), `shortcut=match` adds only where the
    shapes agree (MobileNet v2); or a second branch spells the shortcut out.

    Wrong:

        input 3x32x32
        residual[ conv3-8 ]

    Right:

        input 3x32x32
        residual(shortcut=conv)[ conv3-8 ]
    """

    id = "residual-mismatch"


class BadRepeat(ArchError):
    """A repeat whose count is no whole number, or `shared` where the weights cannot be.

    Wrong:

        input 3x32x32
        conv3-8 x(0.5)

    Right:

        input 3x32x32
        conv3-8 x2
    """

    id = "bad-repeat"


class MisplacedThen(ArchError):
    """`a then b` outside of an argument of a repeated call.

    Wrong:

        input 3x32x32
        conv3-8(stride=2 then 1)

    Right:

        input 3x32x32
        conv3-8(stride=2 then 1) x3
    """

    id = "misplaced-then"


class RecursiveBlock(ArchError):
    """A block calls itself with the same arguments on the same input, directly or around.

    A block may call itself with other arguments, as a fractal does.

    Wrong:

        block loop(n) {
            conv3-8
            loop(n)
        }
        input 3x32x32
        conv3-8, loop(3)

    Right:

        block loop(n) {
            conv3-8
            if n > 1 { loop(n - 1) }
        }
        input 3x32x32
        conv3-8, loop(3)
    """

    id = "recursive-block"


class Limit(ArchError):
    """A spec asks for more than the compiler will write out or follow.

    A repeat of a body that keeps its shape costs one body, however large its number.
    """

    id = "limit"


class FalseClaim(ArchError):
    """An `expect` does not hold.

    Wrong:

        input 3x32x32
        conv3-8
        expect params == 100

    Right:

        input 3x32x32
        conv3-8
        expect params == 224
    """

    id = "false-claim"


class BadClaim(ArchError):
    """An `expect` that compares nothing: it needs `==`, `~` or an order.

    Wrong:

        input 3x32x32
        conv3-8
        expect params

    Right:

        input 3x32x32
        conv3-8
        expect params == 224
    """

    id = "bad-claim"


class BadTable(ArchError):
    """A table whose rows or headings do not fit each other.

    In a table of variants every column is a network; in a table of parameters the first heading
    is a block (or `operator`) and the others are its parameters, `repeat`, `stride` or `output`.

    Wrong:

        network Net {
            input 3x32x32
            | A       | B                | C        |
            | conv3-8 | conv3-8, conv3-8 |
        }

    Right:

        network Net {
            input 3x32x32
            | A       | B                | C        |
            | conv3-8 | conv3-8, conv3-8 | conv3-16 |
        }
    """

    id = "bad-table"


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


class BadUse(ArchError):
    """A `use` of a file that is not there, lies outside the root, or uses itself.

    Wrong:

        use std/nothing
        input 3x32x32
        conv3-8

    Right:

        input 3x32x32
        conv3-8
    """

    id = "bad-use"


class BadOutput(ArchError):
    """An `output` with a name taken twice or options that it does not have, or in a repeated group.

    Wrong:

        input 3x32x32
        output(tarin) side: relu
        conv3-8

    Right:

        input 3x32x32
        output(train) side: relu
        conv3-8
    """

    id = "bad-output"


class BadIteration(ArchError):
    """`for` over something that is neither a list nor a range.

    Wrong:

        input 3x32x32
        for w in 8 { conv3-w }

    Right:

        input 3x32x32
        for w in [8, 16] { conv3-w }
    """

    id = "bad-iteration"


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


class UnknownNetwork(ArchError):
    """An `expect`, a `network … =` or the command line names a network that is not there.

    Wrong:

        input 3x32x32
        conv3-8
        expect Net: params == 224

    Right:

        input 3x32x32
        conv3-8
        expect params == 224
    """

    id = "unknown-network"
