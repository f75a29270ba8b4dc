"""Puts Python for the browser and the wheels that it loads into the site, under `assets/`.

Loaded by mkdocs, as `mkdocs.yml` says. `.ci/site_assets.py` makes the files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ASSETS: Final = Path(__file__).resolve().parent.parent / "build" / "site-assets"
COMPLETE: Final = ("pyodide/pyodide.asm.wasm", "wheels/index.json")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Adds the files, and refuses to build a site without them."""
    for name in COMPLETE:
        if not (ASSETS / name).is_file():
            raise PluginError(f"The playground's {name} is missing: run `hatch run docs:assets`.")
    for path in sorted(ASSETS.glob("*/*")):
        uri = f"assets/{path.relative_to(ASSETS).as_posix()}"
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files
