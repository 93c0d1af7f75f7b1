"""`archdsl serve`: the interactive page of a file, redrawn as the file is saved."""

from __future__ import annotations

import sys
import threading

from archdsl.cli.options import add_spec_options
from archdsl.cli.output import OutputProblem, say_json, say_line
from archdsl.cli.specs import Usage, make_limits, make_request, split_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def options(parser: ArgumentParser) -> None:
    """`archdsl serve FILE`."""
    parser.add_argument("file", metavar="FILE")
    parser.add_argument(
        "--port", type=int, default=0, metavar="N", help="the port (any that is free)"
    )
    parser.add_argument("--open", action="store_true", help="open it in the browser")
    add_spec_options(parser)


def run(args: Namespace) -> int:
    """Serves until it is interrupted; the page is on this machine only."""
    from archdsl import __version__
    from archdsl.files import read_bytes
    from archdsl.live.server import PageServer
    from archdsl.live.session import Session

    path, network = split_name(args.file)
    if path == "-":
        raise Usage("serve follows a file; it cannot follow standard input")
    if not 0 <= args.port < 65536:
        raise Usage(f"--port is 0 to 65535, not {args.port}")
    args.network = network or args.network
    read_bytes(path)  # a file that is not there is told now; later it may come and go
    session = Session(path, make_request(args), make_limits(args.limit))
    try:
        server = PageServer(session, args.port, __version__)
    except OSError as error:
        raise OutputProblem(f"cannot serve on port {args.port}: {error.strerror}") from None
    threading.Thread(target=session.watch, daemon=True).start()
    if args.json:
        say_json({"file": path, "url": server.url})
    else:
        say_line(f"serving {path} at {server.url} (Ctrl-C ends it)")
    sys.stdout.flush()
    if args.open:
        import webbrowser

        webbrowser.open(server.url)
    try:
        server.serve_forever(poll_interval=0.2)
    finally:
        session.news.close()
        server.server_close()
    return 0
