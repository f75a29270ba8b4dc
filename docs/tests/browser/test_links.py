"""Every link of the built site leads to a page and an anchor, and every page is linked to."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

SITE = "http://site/"
LOADED = {"script": "src", "link": "href", "img": "src", "source": "src", "iframe": "src"}


@dataclass
class Page(HTMLParser):
    """What the text of a page leads to, loads, and can be reached at."""

    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif LOADED.get(tag) in given and given.get("rel") != "canonical":
            self.loaded.append(given[LOADED[tag]])


@pytest.fixture(scope="module")
def pages(folder) -> dict[str, Page]:
    """Every page by its path."""
    read = {}
    for path in folder.rglob("*.html"):
        page = Page()
        page.feed(path.read_text(encoding="utf-8"))
        read[path.relative_to(folder).as_posix()] = page
    return read


def resolved(pages: dict[str, Page], path: str, kind: str) -> set[tuple[str, str]]:
    """Returns where a page's links lead within the site: a path and an anchor each."""
    urls = (urljoin(SITE + path, url) for url in getattr(pages[path], kind))
    parts = (urldefrag(url) for url in urls if url.startswith(SITE))
    return {(unquote(urlsplit(url).path)[1:] or "index.html", unquote(at)) for url, at in parts}


def test_every_link_leads_somewhere(pages, folder):
    """To a file of the site, and to an anchor in it where one is named."""
    broken = [
        (path, target, anchor)
        for path in pages
        for target, anchor in resolved(pages, path, "links")
        if not (folder / target).is_file()
        or (anchor and target in pages and anchor not in pages[target].anchors)
    ]
    assert broken == []


def test_whatever_is_loaded_is_there(pages, folder: Path):
    """Scripts, styles and pictures are files of the site."""
    missing = [
        (path, target)
        for path in pages
        for target, _ in resolved(pages, path, "loaded")
        if not (folder / target).is_file()
    ]
    assert missing == []


def test_nothing_is_loaded_from_elsewhere(pages):
    """A page asks nothing of any other site."""
    outside = [
        (path, url)
        for path, page in pages.items()
        for url in page.loaded
        if not urljoin(SITE + path, url).startswith((SITE, "data:"))
    ]
    assert outside == []


def test_every_page_is_reached_from_the_first(pages):
    """By links alone."""
    reached, ahead = set(), {"index.html"}
    while ahead:
        path = ahead.pop()
        reached.add(path)
        ahead |= {target for target, _ in resolved(pages, path, "links") if target in pages}
        ahead -= reached
    assert set(pages) - reached == {"404.html"}
