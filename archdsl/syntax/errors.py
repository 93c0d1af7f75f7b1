"""Pages of the errors that lexer and parser find; their wording stands beside each rule."""

from __future__ import annotations

from archdsl.diagnostics.errors import ArchError


class Syntax(ArchError):
    """The text does not follow the grammar: the message says what was expected.

    A comma or a new line stands between two steps, a label at the start of its line, branches
    in the brackets of a join.

    Wrong:

        input 3x32x32
        conv3-8 relu

    Right:

        input 3x32x32
        conv3-8, relu
    """

    id = "syntax"


class UnclosedBracket(ArchError):
    """A bracket is opened and never closed, or closed by one of another kind.

    Wrong:

        input 3x32x32
        conv3-8(pad=1
        relu

    Right:

        input 3x32x32
        conv3-8(pad=1)
        relu
    """

    id = "unclosed-bracket"


class UnmatchedBracket(ArchError):
    """A bracket closes nothing.

    Wrong:

        input 3x32x32
        conv3-8)

    Right:

        input 3x32x32
        conv3-8
    """

    id = "unmatched-bracket"


class NestingTooDeep(ArchError):
    """Brackets or expressions nest deeper than the compiler follows.

    A `block` gives a part a name of its own, a `let` a value.

    Wrong:

        input 3x32x32
        conv3-(((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((8)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))

    Right:

        input 3x32x32
        conv3-8
    """

    id = "nesting-too-deep"


class NumberTooLarge(ArchError):
    """A number of more than 18 digits, or a real number beyond those of IEEE doubles.

    Wrong:

        input 3x32x32
        FC-1234567890123456789

    Right:

        input 3x32x32
        FC-10
    """

    id = "number-too-large"


class BadNumber(ArchError):
    """Digits that run into letters: neither a number nor a name.

    Wrong:

        input 3x32x32
        FC-10a

    Right:

        input 3x32x32
        FC-10
    """

    id = "bad-number"


class BadString(ArchError):
    """A string without an end on its line, or with a backslash.

    Wrong:

        use "blocks.arch
        input 3x32x32
        relu

    Right:

        input 3x32x32
        relu
    """

    id = "bad-string"


class BadCharacter(ArchError):
    """A character that the language does not use, often a look-alike from a PDF or a web page.

    Wrong:

        input 3x32x32
        conv3–8

    Right:

        input 3x32x32
        conv3-8
    """

    id = "bad-character"


class ReservedWord(ArchError):
    """A word of the language where a name is expected.

    Wrong:

        input 3x32x32
        let if = 8
        conv3-8

    Right:

        input 3x32x32
        let width = 8
        conv3-width
    """

    id = "reserved-word"


class LabelInsideLine(ArchError):
    """A label in the middle of a line. It begins its line, and names the last tensor of it.

    Wrong:

        input 3x32x32
        conv3-8, stem: relu

    Right:

        input 3x32x32
        stem: conv3-8, relu
    """

    id = "label-inside-line"


class EmptyBranch(ArchError):
    """A branch with nothing in it; a plain copy is written `identity`.

    Wrong:

        input 3x32x32
        add[ conv3-3 | ]

    Right:

        input 3x32x32
        add[ conv3-3 | identity ]
    """

    id = "empty-branch"


class BadEncoding(ArchError):
    """The file is no UTF-8 text, or holds characters that hide or reorder what is written."""

    id = "bad-encoding"


class Unreadable(ArchError):
    """The file that a live page shows cannot be read: it is gone, or no regular file.

    `archdsl serve` says so in the page, and shows the network again when the file is back; every
    other command ends with the exit code 2.
    """

    id = "unreadable"
