"""A server for one browser on this machine: its own few routes, and no others."""

from __future__ import annotations

import socket
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from archdsl.backends.html.page import render_page, to_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from archdsl.live.session import Session

HOST = "127.0.0.1"
MOST_WAITING = 32  # event streams at once
BEAT = 10.0  # seconds between two signs of life


class PageServer(ThreadingHTTPServer):
    """Serves the page of a session on the loopback interface. Raises OSError where it cannot."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = sys.platform != "win32"

    def __init__(self, session: Session, port: int, version: str) -> None:
        self.session = session
        self.waiting = threading.Semaphore(MOST_WAITING)
        super().__init__((HOST, port), PageHandler)
        self.page = render_page(None, "archdsl", version).encode()

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.server_port}/"

    @property
    def hosts(self) -> frozenset[str]:
        """What a browser may call this server: another name is that of a hostile page."""
        return frozenset(f"{name}:{self.server_port}" for name in (HOST, "localhost"))

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that went away is no error; all else is told."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError)):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class PageHandler(BaseHTTPRequestHandler):
    """Answers GET for `/`, `/document` and `/events`."""

    server: PageServer
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """One answer."""
        if self.headers.get("Host", "") not in self.server.hosts:
            self.refuse(HTTPStatus.FORBIDDEN)
            return
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            self.refuse(HTTPStatus.FORBIDDEN)
            return
        url = urlsplit(self.path)
        if url.path == "/":
            self.answer("text/html; charset=utf-8", self.server.page)
        elif url.path == "/document":
            chosen = parse_qs(url.query).get("network", [""])[0][:200]
            document = self.server.session.document(chosen)
            self.answer("application/json", to_json(document).encode())
        elif url.path == "/events":
            self.stream()
        else:
            self.refuse(HTTPStatus.NOT_FOUND)

    def answer(self, kind: str, body: bytes, status: HTTPStatus = HTTPStatus.OK) -> None:
        """A whole answer."""
        self.send_response(status)
        self.send_common(kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status: HTTPStatus) -> None:
        """An answer that says no more than its status."""
        self.close_connection = True
        self.answer("text/plain; charset=utf-8", f"{status.phrase}\n".encode(), status)

    def send_common(self, kind: str) -> None:
        """Headers of every answer: nothing is kept, framed or guessed, nobody else reads it."""
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")

    def stream(self) -> None:
        """Tells of changes until the browser goes away."""
        if not self.server.waiting.acquire(blocking=False):
            self.refuse(HTTPStatus.TOO_MANY_REQUESTS)
            return
        self.close_connection = True
        try:
            self.send_response(HTTPStatus.OK)
            self.send_common("text/event-stream")
            self.end_headers()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.tell_changes()
        except OSError:
            return  # the browser went away
        finally:
            self.server.waiting.release()

    def tell_changes(self) -> None:
        """An event a change; a comment now and then finds out who is still there."""
        news = self.server.session.news
        known = news.version
        self.wfile.write(b"retry: 500\n\n")
        while not news.closed:
            version = news.wait(known, BEAT)
            told = f"event: change\ndata: {version}\n\n" if version != known else ": beat\n\n"
            self.wfile.write(told.encode())
            known = version

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the terminal is for what the user asked."""
