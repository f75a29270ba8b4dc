"""Puts into the site what is made for it: Python for the browser, and the pages about the kit.

And gives the theme's search dialog the name that it lacks. Loaded by mkdocs, as `mkdocs.yml` says;
`.ci/site_assets.py` makes the files under `assets/`, and `.ci/kit_pages.py` the pages.
"""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))
import kit_pages  # it lies beside this file, which mkdocs loads by its path

ASSETS: Final = Path(__file__).resolve().parent.parent / "build" / "site-assets"
COMPLETE: Final = ("pyodide/pyodide.asm.wasm", "wheels/index.json")
SEARCH: Final = re.compile(r'<div class="md-search"[^>]* role="dialog"')


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Adds the files, and refuses to build a site without them."""
    for name in COMPLETE:
        if not (ASSETS / name).is_file():
            raise PluginError(f"The playground's {name} is missing: run `hatch run docs:assets`.")
    for path in sorted(ASSETS.glob("*/*")):
        uri = f"assets/{path.relative_to(ASSETS).as_posix()}"
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    for uri, text in kit_pages.pages():
        files.append(File.generated(config, uri, content=text))
    for name, report in judged().items():
        uri = f"reference/reports/{name}.json"
        files.append(File.generated(config, uri, content=report.to_json()))
    return files


@cache
def judged() -> dict[str, kit_pages.Report]:
    """Judges this project's tables, once for as long as the site is served."""
    return kit_pages.judged()


def on_page_markdown(markdown: str, *, page: Page, **_: object) -> str:
    """Fills in what the kit found, and shows verdicts as squares."""
    match page.file.src_uri:
        case "reference/conformance-matrix.md":
            return kit_pages.matrix(markdown, judged())
        case "reference/torch-report.md" | "explanation/pytorch-cases.md":
            return kit_pages.torch_report(markdown)
        case _:
            return markdown


def on_post_page(output: str, **_: object) -> str:
    """Names the search, for people to whom a page is read."""
    return with_named_search(output)


def on_post_template(output_content: str, *, template_name: str, **_: object) -> str:
    """Does the same for the page that says that there is none."""
    return with_named_search(output_content) if template_name == "404.html" else output_content


def with_named_search(text: str) -> str:
    """Returns a page whose search dialog has a name."""
    named, count = SEARCH.subn(r'\g<0> aria-label="Search"', text)
    if count != 1:
        raise PluginError("The theme's search dialog is not where it was: see .ci/site_hook.py.")
    return named
