"""`archdsl serve`: redrawn as the file is saved, mistakes in place, and nobody else is answered."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Tab

SPEC = """input 3x32x32
default conv (norm=bn, act=relu)
conv3-16, maxpool
{ conv3-16, conv3-16 } x3
gap, FC-10
"""


class Served:
    """A file and the process that serves it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        command = [sys.executable, "-m", "archdsl", "serve", str(path)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line
        self.url, self.port = found[0], int(found[1])

    def save(self, text: str) -> None:
        """Saves as editors do: another file takes the place of the old one."""
        other = self.path.with_suffix(".new")
        other.write_text(text, encoding="utf-8")
        other.replace(self.path)

    def ask(self, target: str, **headers: str) -> tuple[int, bytes, http.client.HTTPMessage]:
        """One request; the headers' underscores are hyphens."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        link.request("GET", target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = link.getresponse()
        body = answer.read()
        link.close()
        return answer.status, body, answer.headers


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    path = tmp_path / "net.arch"
    path.write_text(SPEC, encoding="utf-8")
    one = Served(path)
    yield one
    one.process.send_signal(signal.SIGINT)
    assert one.process.wait(5) in (0, 130)
    assert one.process.stdout is not None
    assert one.process.stdout.read() == ""


def test_a_save_is_drawn_at_once(tab: Tab, served: Served) -> None:
    page = tab.open(served.url)
    page.locator(".box.folded").first.click()  # its fold outlives what follows
    tab.rest()
    boxes = tab.count()
    zoom = page.inner_text("#zoom")
    took = []
    for classes in (11, 12, 13):
        begin = time.perf_counter()
        served.save(SPEC.replace("FC-10", f"FC-{classes}"))
        page.wait_for_selector(f'.box[aria-label^="FC-{classes};"]', state="attached")
        took.append(time.perf_counter() - begin)
    assert min(took) < 0.5, took
    assert tab.count() == boxes
    assert page.inner_text("#zoom") == zoom

    # A mistake stands in its line, and the picture goes up to it.
    served.save(SPEC.replace("gap, FC-10", "conv3-16(kernl=3), gap, FC-10"))
    page.wait_for_selector("#text .note")
    tab.rest()
    assert "unknown-argument" in page.inner_text("#text .note")
    assert page.locator('#text .row[data-line="5"] .wrong').inner_text() == "kernl"
    assert "^^^^^" in page.inner_text("#problems")
    assert page.inner_text("#totals") == "drawn up to the mistake"
    assert page.locator(".box.stopped").count() == 1
    assert page.locator('.box[aria-label^="FC-10"]').count() == 0

    # Not even a text that says nothing takes the picture away.
    served.save("}}}} \u2028 <img src=x onerror=alert(1)>\n")
    page.wait_for_selector("body.stale")
    assert page.locator("#canvas .box").count() > 0
    served.save(SPEC)
    page.wait_for_selector('.box[aria-label^="FC-10;"]', state="attached")
    page.wait_for_selector("#problems", state="hidden")
    assert page.locator("img").count() == 0


def test_a_file_goes_and_comes_back_and_has_several_networks(tab: Tab, served: Served) -> None:
    page = tab.open(served.url)
    served.path.unlink()
    page.wait_for_selector("#text .note")
    assert "unreadable" in page.inner_text("#text .note")
    two = "".join(
        f"network {n} {{\n    input 3x8x8\n    conv3-{w}\n}}\n" for n, w in (("One", 8), ("Two", 9))
    )
    served.save(two)
    page.wait_for_selector("#networks:not([hidden])")
    page.wait_for_selector('.box[aria-label^="conv3-8"]')
    page.select_option("#networks", "Two")
    page.wait_for_selector('.box[aria-label^="conv3-9"]')
    served.save(two.replace("conv3-9", "conv3-10"))
    page.wait_for_selector('.box[aria-label^="conv3-10"]')
    assert page.inner_text("#name") == "Two"


def test_who_is_answered(served: Served) -> None:
    own = f"127.0.0.1:{served.port}"
    status, body, headers = served.ask("/", Host=own)
    assert status == 200
    assert b"Content-Security-Policy" in body
    assert "Access-Control-Allow-Origin" not in headers
    document = json.loads(served.ask("/document", Host=f"localhost:{served.port}")[1])
    assert document["network"]["name"] == "net"
    for host in ("evil.example", f"evil.example:{served.port}", "127.0.0.1", ""):
        assert served.ask("/document", Host=host)[0] == 403
    assert served.ask("/document", Host=own, Sec_Fetch_Site="cross-site")[0] == 403
    for target in ("/net.arch", "/../net.arch", "/%2e%2e/etc/passwd", "//etc/passwd", "/document/"):
        assert served.ask(target, Host=own)[0] == 404
    assert json.loads(served.ask("/document?network=%00%3Cx", Host=own)[1])["chosen"] == "net"


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nowhere.arch"], "cannot read 'nowhere.arch'"),
        (["-"], "cannot follow standard input"),
        (["--port", "70000", "net.arch"], "--port is 0 to 65535"),
    ],
)
def test_what_cannot_be_served(
    argv: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from archdsl.cli import main

    monkeypatch.chdir(tmp_path)
    Path("net.arch").write_text(SPEC, encoding="utf-8")
    assert main(["serve", *argv]) == 2
    assert said in capsys.readouterr().err


def test_a_port_that_is_taken(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    from archdsl.cli import main

    assert main(["serve", str(served.path), "--port", str(served.port)]) == 2
    assert f"cannot serve on port {served.port}" in capsys.readouterr().err
