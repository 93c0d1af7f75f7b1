"""Names: layers, values, tensors, networks that are not there, and names that cannot be given."""

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
