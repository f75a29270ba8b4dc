"""Puts what the site serves beside its pages into `build/site-assets`, for `.ci/site_hook.py`.

Run by `hatch run docs:assets`. Two folders come of it:

* `pyodide/`: Python for the browser, out of the npm package whose version `package-lock.json` pins.
* `wheels/`: the project's wheels, built anew each time, and what they need, as `constraints.txt`
  pins it. `index.json` lists the names of the files in the order in which to install them.

What comes from a registry is fetched once, and again only when what is asked for has changed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).resolve().parent.parent
ASSETS: Final = ROOT / "build" / "site-assets"
NODE_MODULES: Final = ROOT / ".ci" / "node_modules"
FETCHED: Final = ROOT / "build" / "fetched-wheels"
CONSTRAINTS: Final = ROOT / "constraints.txt"

PYODIDE: Final = (
    "pyodide.mjs",
    "pyodide.asm.mjs",
    "pyodide.asm.wasm",
    "pyodide-lock.json",
    "python_stdlib.zip",
)
"""What a browser loads of the npm package; the rest is for other programs and for reading."""

MEMBERS: Final = ("packages/sidetable-source", "packages/sidetable-core", "conformance")
"""The distributions that run in a browser, each after those that it needs."""

PLATFORM: Final = (
    *("--platform", "pyemscripten_2026_0_wasm32", "--platform", "any"),
    *("--implementation", "cp", "--python-version", "3.14"),
)
"""How pip calls the Python that Pyodide is."""


class AssetsError(Exception):
    """A part of the site cannot be had. The text says which, and what the tool said of it."""


def main() -> int:
    """Makes everything, prints what it does, and returns the exit status."""
    try:
        install_node_modules()
        copy_pyodide()
        collect_wheels()
    except AssetsError as error:
        print(f"The site's assets are not complete: {error}", file=sys.stderr)
        return 1
    print(f"Everything is in {ASSETS.relative_to(ROOT).as_posix()}.")
    return 0


def install_node_modules() -> None:
    """Installs exactly what `package-lock.json` says, unless that is what is there."""
    wanted = digest((ROOT / ".ci" / "package-lock.json").read_text(encoding="utf-8"))
    stamp = NODE_MODULES / f".installed-{wanted}"
    if stamp.is_file():
        print("npm packages: there already")
        return
    print("npm packages: installing", flush=True)
    npm = Path(sysconfig.get_path("scripts")) / "npm"
    run("npm", str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=ROOT / ".ci")
    stamp.touch()


def copy_pyodide() -> None:
    """Copies what a browser loads of Pyodide."""
    package = NODE_MODULES / "pyodide"
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    print(f"Pyodide {version}: {len(PYODIDE)} files")
    folder = empty(ASSETS / "pyodide")
    for name in PYODIDE:
        if not (package / name).is_file():
            raise AssetsError(f"the npm package pyodide {version} has no {name}")
        shutil.copyfile(package / name, folder / name)


def collect_wheels() -> None:
    """Builds the project's wheels, and puts what they need beside them."""
    folder = empty(ASSETS / "wheels")
    fetched = sorted(fetch_wheels().glob("*.whl"))
    for wheel in fetched:
        shutil.copyfile(wheel, folder / wheel.name)
    built = [build_wheel(ROOT / member, folder) for member in MEMBERS]
    names = [wheel.name for wheel in (*fetched, *built)]
    (folder / "index.json").write_text(json.dumps(names, indent=1) + "\n", encoding="utf-8")


def fetch_wheels() -> Path:
    """Returns the folder with the wheels of other projects, after fetching what is not there."""
    asked = asked_for()
    folder = FETCHED / digest(*PLATFORM, *asked, CONSTRAINTS.read_text(encoding="utf-8"))
    if folder.is_dir():
        print(f"wheels of other projects: {len(list(folder.glob('*.whl')))}, there already")
        return folder
    print(f"wheels of other projects: fetching {', '.join(asked)}", flush=True)
    shutil.rmtree(FETCHED, ignore_errors=True)  # what was asked for before
    unfinished = folder.with_name("unfinished")
    run(
        *("pip", sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(unfinished)),
        *("--only-binary", ":all:", *PLATFORM, "--constraint", str(CONSTRAINTS), *asked),
    )
    unfinished.rename(folder)
    return folder


def asked_for() -> list[str]:
    """Returns what the members need of other projects, and what the kit's explorer needs."""
    tables = [
        tomllib.loads((ROOT / member / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for member in MEMBERS
    ]
    own = {table["name"] for table in tables}
    entries = [
        entry
        for table in tables
        for entry in (
            *table["dependencies"],
            *table.get("optional-dependencies", {}).get("stateful", ()),
        )
    ]
    return sorted({entry for entry in entries if Requirement(entry).name not in own})


def build_wheel(member: Path, folder: Path) -> Path:
    """Builds the wheel of one member, and returns it."""
    before = set(folder.iterdir())
    hatchling = (sys.executable, "-m", "hatchling", "build", "--target", "wheel")
    run("hatchling", *hatchling, "--directory", str(folder), folder=member)
    (wheel,) = set(folder.iterdir()) - before
    print(f"wheel of this project: {wheel.name}", flush=True)
    return wheel


def run(tool: str, *command: str, folder: Path = ROOT) -> None:
    """Runs a command; what it prints is shown when it fails."""
    try:
        done = subprocess.run(  # noqa: S603  # the commands are those of this file
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
    except OSError as error:
        raise AssetsError(f"{tool} cannot be started: {error}") from error
    if done.returncode:
        raise AssetsError(f"{tool} ended with {done.returncode}\n{done.stdout}")


def empty(folder: Path) -> Path:
    """Returns the folder, with nothing in it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def digest(*texts: str) -> str:
    """Returns a short name for exactly these texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
