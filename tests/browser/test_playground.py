"""The playground: Python in the browser compiles VGG-E, and the link holds the spec."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Tab

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from tools.playground import Quiet

    if shutil.which("npm") is None:
        pytest.skip("needs npm: apt-get install npm")
    out = tmp_path_factory.mktemp("playground")
    command = [sys.executable, "-m", "tools.playground", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if "npm could not fetch" in done.stderr:
        pytest.skip("needs npm's packages, and the registry is out of reach")
    assert done.returncode == 0, done.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(out)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_vgg_in_the_browser(tab: Tab, url: str) -> None:
    tab.page.set_default_timeout(45_000)
    page = tab.open(url)
    text = (ROOT / "specs" / "vgg_e.arch").read_text(encoding="utf-8")
    page.fill("#editor", text)
    page.wait_for_selector('#text .row[data-line="14"] .keyword')
    page.wait_for_selector("body:not(.busy)")
    assert page.inner_text("#totals") == "143,667,240 parameters · 19,632,062,464 MACs"
    page.click("[data-do=code]")
    assert "class " in page.inner_text("#source")
    assert "import torch" in page.inner_text("#source")

    page.fill("#editor", text.replace("maxpool", "maxpol", 1))
    page.wait_for_selector("#problems:not([hidden])")
    assert "maxpol" in page.locator("#text .wrong").first.inner_text()
    assert "maxpool" in page.inner_text("#problems")  # did you mean
    assert page.inner_text("#totals") == "drawn up to the mistake"

    page.fill("#editor", "input 784\nFC-10\n")
    page.wait_for_selector('.box[aria-label^="FC-10"]')
    assert page.inner_text("#totals").startswith("7,850 parameters")
    page.wait_for_url("**/#s=*")
    assert {u.split("/")[2] for u in tab.asked if u.startswith("http")} == {url.split("/")[2]}
    link = page.url
    page.fill("#editor", "input 784\nFC-11\n")
    page.wait_for_selector('.box[aria-label^="FC-11"]')
    page.goto(link)  # the text of a link takes the place of what was there
    page.wait_for_selector('.box[aria-label^="FC-10"]')
    assert page.input_value("#editor") == "input 784\nFC-10\n"
