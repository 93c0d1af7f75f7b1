"""Statements: where they stand, repeats, tables, claims, limits."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError


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

    Wrong:

        input 3x32x32
        conv3-(2 ** 40)

    Right:

        input 3x32x32
        conv3-(2 ** 4)
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
