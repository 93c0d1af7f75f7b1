"""`archdsl lsp`: the language server, over standard input and output."""

from __future__ import annotations

from archdsl.cli.specs import Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def options(parser: ArgumentParser) -> None:
    """`archdsl lsp`."""
    parser.add_argument("--stdio", action="store_true", help="over stdio, as it is without this")


def run(args: Namespace) -> int:
    """Serves until the editor ends it."""
    try:
        import pygls  # noqa: F401
    except ImportError:
        raise Usage("the language server needs pygls: pip install 'archdsl[lsp]'") from None
    from archdsl.lsp.server import serve

    return serve()
