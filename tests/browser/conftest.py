"""A Chromium for the tests of the pages; without one they are skipped, and say why."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Tab:
    """A page with all that went wrong in it, and all that it asked for."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[str] = []
        self.asked: list[str] = []
        page.on("pageerror", lambda e: self.problems.append(str(e)))
        page.on("console", lambda m: self.problems.append(m.text) if m.type == "error" else None)
        page.on("dialog", self.refuse)
        page.on("request", lambda r: self.asked.append(r.url))

    def refuse(self, dialog: Dialog) -> None:
        """A dialog is a problem; open it would stop the page."""
        self.problems.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def open(self, url: str) -> Page:
        """Opens a page and waits for its picture."""
        self.page.goto(url)
        self.page.wait_for_selector(".box")
        self.rest()
        return self.page

    def rest(self) -> None:
        """Waits until no layout is under way."""
        self.page.wait_for_timeout(30)
        self.page.wait_for_selector("body:not(.busy)")

    def boxes(self) -> list[str]:
        """What the boxes say to those who hear them."""
        said = "boxes => boxes.map(box => box.getAttribute('aria-label'))"
        found: list[str] = self.page.locator(".box").evaluate_all(said)
        return found

    def count(self) -> int:
        """How many boxes there are."""
        return self.page.locator(".box").count()


# Not for the whole session: while Playwright runs, no other test may start an event loop.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield one
        one.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """A page of its own; the test fails where anything went wrong in it."""
    page = browser.new_page(viewport={"width": 1400, "height": 860})
    page.set_default_timeout(15_000)
    one = Tab(page)
    yield one
    page.close()
    assert one.problems == []
