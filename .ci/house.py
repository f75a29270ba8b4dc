"""Checks the facts that keep core, source and the kit a house you can hold in your head.

Run by ``hatch run house:check``. Prints each fact, and exits with 1 if one exceeds its limit.
"""

from __future__ import annotations

import ast
import sys
import threading
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from types import FrameType
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGES: Final = {
    path.name: path
    for pattern in ("packages/*/src/*/", "conformance/src/*/")
    for path in ROOT.glob(pattern)
    if (path / "__init__.py").exists()
}

KIT: Final = "sidetable_conformance"

MOST_LINES: Final = {"sidetable_core": 2_950, "sidetable_source": 1_395, KIT: 23_200}
MOST_FILES: Final = {"sidetable_core": 10, "sidetable_source": 4, KIT: 140}
MOST_FILES_OF_A_CALL: Final = 4
MOST_FILES_OF_A_RUN: Final = {"core": 10, "core,isolation,robust": 14}
MOST_SINGLE_IMPORTERS: Final = 0.20

# What every package has.
_DUNDERS: Final = ("__all__", "__version__")


def main() -> int:
    """Print the facts, and return the exit status."""
    failures = 0
    facts = (sizes, single_importers, files_of_calls, files_of_runs)
    for fact, found, limit in chain.from_iterable(each() for each in facts):
        failed = found > limit
        failures += failed
        print(f"{fact:60} {found:8.5g}  at most {limit:.5g}{'  EXCEEDED' if failed else ''}")
    for name, places in names_with_two_meanings():
        failures += 1
        print(f"{name} means something else in each of {', '.join(places)}")
    for rule, module in imports_from_above():
        failures += 1
        print(f"{rule} imports {module}, which stands above the rules")
    return 1 if failures else 0


def sizes() -> Iterator[tuple[str, float, float]]:
    """Return how many files and lines each package has."""
    for package, most in MOST_LINES.items():
        files = sorted(PACKAGES[package].rglob("*.py"))
        lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
        yield f"{package}: files", len(files), MOST_FILES[package]
        yield f"{package}: lines", lines, most


def definitions(path: Path) -> Iterator[str]:
    """Return the names that a module defines."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case _:
                pass


def single_importers() -> Iterator[tuple[str, float, float]]:
    """Return the share of a package's definitions that exactly one other module imports.

    Names that the package exports do not count: they are there for its users.
    """
    for package in (each for each in MOST_LINES if each != KIT):
        importers: dict[str, set[str]] = defaultdict(set)
        defined: set[str] = set()
        for path in sorted(PACKAGES[package].rglob("*.py")):
            defined |= {f"{path.stem}.{name}" for name in definitions(path)} - {
                f"{path.stem}.{name}" for name in _DUNDERS
            }
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
                    for alias in node.names:
                        importers[f"{node.module}.{alias.name}"].add(path.stem)
        single = [
            name
            for name in defined
            if len(importers[name]) == 1 and "__init__" not in importers[name]
        ]
        share = len(single) / len(defined)
        yield f"{package}: definitions with a single importer", share, MOST_SINGLE_IMPORTERS


def files_of_calls() -> Iterator[tuple[str, float, float]]:
    """Return through how many files of core each public call passes."""
    from sidetable_core import LocalSource, SideTable  # noqa: PLC0415  # after the sizes are printed

    class Thing:
        """An object that can be weakly referenced."""

    def like(thing: Thing) -> None:
        """The function that the entry function stands for."""

    table, thing = SideTable(), Thing()
    table.register_user_object(thing, LocalSource("thing"))
    entry = table.entry(lambda thing: table.get(0), like=like)  # noqa: ARG005  # its name is like's
    table.store(thing)
    frame, handled = table.frame(thing), table.frame(thing).__enter__()
    handle = handled.handle
    calls: dict[str, Callable[[], object]] = {
        "register": lambda: table.register_graph_created_object(thing, print),
        "store": lambda: table.store(thing, thing),
        "get": lambda: table.get(0),
        "set": lambda: table.set(0, thing),
        "entry call": lambda: entry(thing),
        "frame": frame.__enter__,
        "leaving a frame": lambda: frame.__exit__(None, None, None),
        "making a frame": lambda: table.frame(thing),
        "snapshot": table.snapshot,
        "resolve": lambda: table.resolve(handle, 0),
    }
    for name, call in calls.items():
        files = files_passed(call, PACKAGES["sidetable_core"])
        yield f"files of core in: {name}", len(files), MOST_FILES_OF_A_CALL


def files_of_runs() -> Iterator[tuple[str, float, float]]:
    """Return through how many files of the kit a run passes, beside the rules' own."""
    from sidetable_conformance import run  # noqa: PLC0415  # as in `files_of_calls`

    rules = PACKAGES[KIT] / "rules"
    for profile, most in MOST_FILES_OF_A_RUN.items():
        judge = partial(run, "sidetable_core:SideTable", profile=profile, budget="quick")
        passed = files_passed(judge, PACKAGES[KIT])
        files = [path for path in passed if path.parent.parent != rules]
        yield f"files of the kit in a run of {profile}", len(files), most


def files_passed(call: Callable[[], object], folder: Path) -> set[Path]:
    """Return the files in a folder of which a function runs while something is called."""
    names: set[str] = set()

    def profiler(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_name != "<module>":
            names.add(code.co_filename)

    before = sys.getprofile()
    threading.setprofile(profiler)
    sys.setprofile(profiler)
    try:
        call()
    finally:
        sys.setprofile(before)
        threading.setprofile(None)
    return {path for path in map(Path, names) if path.is_relative_to(folder)}


def imports_from_above() -> Iterator[tuple[str, str]]:
    """Return what rules import from above them. The floors see no folder without `__init__`."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    [layers] = [
        each["layers"]
        for each in tools["importlinter"]["contracts"]
        if each.get("containers") == [KIT]
    ]
    below = {name for layer in layers[layers.index("rules") :] for name in layer.split(" | ")}
    allowed = sys.stdlib_module_names | {"sidetable_source"}
    for path in sorted((PACKAGES[KIT] / "rules").glob("*/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import():
                    imported = [alias.name for alias in node.names]
                case ast.ImportFrom(level=0, module=str(module)):
                    imported = [module]
                case _:
                    imported = []  # a neighbour
            for module in imported:
                package, _, rest = module.partition(".")
                if package not in allowed and not (
                    package == KIT and rest.partition(".")[0] in below
                ):
                    yield f"rules/{path.parent.name}/{path.name}", module


def names_with_two_meanings() -> Iterator[tuple[str, list[str]]]:
    """Return the public names that two distributions define, each in its own way."""
    places: dict[str, list[str]] = defaultdict(list)
    for package, folder in PACKAGES.items():
        tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
        exported: set[str] = set()
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                exported |= set(ast.literal_eval(node.value))
        borrowed = {
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.ImportFrom) and node.level == 0
            for alias in node.names
        }
        for name in exported - borrowed:
            places[name].append(package)
    for name, found in sorted(places.items()):
        if len(found) > 1:
            yield name, found


if __name__ == "__main__":
    sys.exit(main())
