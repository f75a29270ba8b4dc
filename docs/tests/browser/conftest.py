"""The built site, served to a Chromium that is watched: what its tests stand on.

The tests drive what `hatch run docs:build` has left in `site`, or the folder that `--site` names.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[3]
LAUNCH = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # in a container, which has none
)
INLINE = ("data:", "blob:")  # made by the page itself
LEFT = "net::ERR_ABORTED"  # whoever goes to the next page no longer waits for this one's files
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# Milliseconds after which a wait counts as one without an end, however busy the machine is.
PATIENCE = 540_000
HEIGHTS = {1280: 800, 390: 844}


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and does not print each request."""

    def log_message(self, format, *args):  # noqa: A002  # the name is the base class's
        pass


@dataclass
class Visit:
    """A page of the site in a browser context of its own, and what went wrong in it.

    ``errors`` has what the console called an error, what no script caught, and what could not be
    loaded. ``outside`` has the addresses that the page asked for and that are not the site's. Both
    have to be empty when the test ends, unless the test has emptied them.
    """

    page: Page
    site: str
    scripts: bool = True
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Records what goes wrong in the context from now on, in its workers too."""
        context.on("request", lambda request: self.asked(request.url))
        context.on("requestfailed", lambda request: self.failed(request.failure, request.url))
        context.on("response", lambda response: self.answered(response.status, response.url))
        context.on("weberror", lambda error: self.errors.append(f"not caught: {error.error}"))
        context.on("console", lambda message: self.said(message.type, message.text))

    def asked(self, url: str) -> None:
        if not url.startswith((self.site, *INLINE)):
            self.outside.append(url)

    def failed(self, why: str | None, url: str) -> None:
        if why != LEFT:
            self.errors.append(f"{why}: {url}")

    def answered(self, status: int, url: str) -> None:
        if status >= 400:
            self.errors.append(f"{status}: {url}")

    def said(self, kind: str, text: str) -> None:
        if kind == "error":
            self.errors.append(f"console: {text}")

    def goto(self, path: str) -> Page:
        """Goes to a page of the site, such as ``reference/index.html#top``, and returns it."""
        self.page.goto(self.site + path)
        if self.scripts:
            self.settle()
        return self.page

    def settle(self) -> None:
        """Waits until the page is laid out, and has answered to that."""
        self.page.evaluate(SETTLED)


def pytest_addoption(parser):
    """Lets a run name another site."""
    parser.addoption("--site", type=Path, default=ROOT / "site", help="the folder of the site")


def pytest_generate_tests(metafunc):
    """A test that asks for `path` runs for every page of the site."""
    if "path" in metafunc.fixturenames:
        folder = metafunc.config.getoption("site")
        paths = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
        metafunc.parametrize("path", paths)


@pytest.fixture(scope="session")
def folder(request) -> Path:
    """The folder of the built site."""
    folder = request.config.getoption("site")
    assert (folder / "index.html").is_file(), "no site is there: run `hatch run docs:build`"
    return folder


@pytest.fixture(scope="session")
def site(folder) -> Iterator[str]:
    """The address of the site, with a slash at its end."""
    with serving(folder) as address:
        yield address


@pytest.fixture(scope="session")
def below(folder, tmp_path_factory) -> Iterator[str]:
    """The address of the site where it is published: below a path of its server."""
    top = tmp_path_factory.mktemp("server")
    (top / "sidetable").symlink_to(folder.resolve(), target_is_directory=True)
    with serving(top) as address:
        yield f"{address}sidetable/"


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serves a folder, and gives its address."""
    handler = functools.partial(Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    assert program, "Chromium is not installed"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=list(LAUNCH), timeout=PATIENCE
        )
        yield browser
        browser.close()


@pytest.fixture
def visiting(browser, site) -> Iterator[Callable[..., Visit]]:
    """Makes visits: ``visiting(width=390, scheme="dark")``. Each is watched to the test's end."""
    visits: list[Visit] = []

    def visit(*, width: int = 1280, scheme: str = "light", **options: Any) -> Visit:
        viewport = {"width": width, "height": HEIGHTS.get(width, 800)}
        context = browser.new_context(viewport=viewport, color_scheme=scheme, **options)
        context.set_default_timeout(PATIENCE)
        visit = Visit(context.new_page(), site, options.get("java_script_enabled", True))
        visit.watch(context)
        visits.append(visit)
        return visit

    yield visit
    errors = [error for visit in visits for error in visit.errors]
    outside = [url for visit in visits for url in visit.outside]
    for each in visits:
        each.page.context.close()
    assert errors == []
    assert outside == []


@pytest.fixture
def visit(visiting) -> Visit:
    """One visit on a wide screen, in light colours, at no page yet."""
    return visiting()


@pytest.fixture(scope="session")
def loaded(browser, below) -> Iterator[Visit]:
    """The playground as it is published, with Python in it, for all tests that leave it usable."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    visit = Visit(context.new_page(), below)
    visit.watch(context)
    visit.goto("playground.html").wait_for_selector("body[data-playground=ran]")
    yield visit
    context.close()


@pytest.fixture
def playground(loaded) -> Iterator[Page]:
    """The loaded playground, in which nothing must go wrong."""
    yield loaded.page
    assert loaded.errors == []
    assert loaded.outside == []
