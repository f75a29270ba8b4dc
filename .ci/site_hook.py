"""Puts Python for the browser and the wheels that it loads into the site, under `assets/`.

And gives the theme's search dialog the name that it lacks. Loaded by mkdocs, as `mkdocs.yml` says;
`.ci/site_assets.py` makes the files.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

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
    return files


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
