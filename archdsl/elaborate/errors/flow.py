"""Tensors that flow: inputs, outputs, branches, joins, residuals, what nobody uses."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError


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


class EmptyNetwork(ArchError):
    """A file or a network without a single layer.

    Wrong:

        input 3x32x32

    Right:

        input 3x32x32
        conv3-8
    """

    id = "empty-network"


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
