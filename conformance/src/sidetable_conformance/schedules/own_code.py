"""Which code is an implementation's own."""

from __future__ import annotations

import inspect
import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Final, final

from sidetable_source import errors


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(path.rstrip(os.sep) + os.sep for path in paths)


_KIT: Final = _folders([str(Path(__file__).parents[1])])
_SOURCE: Final = _folders([str(Path(errors.__file__).parents[1])])
_LIBRARIES: Final = _folders(sysconfig.get_path(name) for name in ("purelib", "platlib"))
_STANDARD: Final = _folders(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))


@final
class OwnCode:
    """Tells an implementation's code from everybody else's.

    Nobody's own is the standard library, `sidetable_source`, and the kit but for the files in
    which the given things are written. Everything else is, since an adapter's table is in one
    file and what it adapts in others.

    Args:
        *things: Parts of the implementation: modules, classes, objects. Their modules, and those
            of the same packages, are where locks are looked for.

    Example:
        >>> code = OwnCode()
        >>> code.covers("/home/somebody/table.py"), code.covers(inspect.__file__)
        (True, False)
    """

    __slots__ = ("_files", "things")

    def __init__(self, *things: object) -> None:
        self.things: Final = things
        modules = (module for thing in things for module in _modules_of(thing))
        self._files: Final = tuple(path for module in modules for path in _paths_of(module))

    def covers(self, file: str) -> bool:
        """Tells whether the code in a file is the implementation's."""
        if file.startswith(_KIT):
            return file.startswith(self._files)
        if file.startswith((*_SOURCE, "<frozen ")):
            return False
        return file.startswith(_LIBRARIES) or not file.startswith(_STANDARD)

    def modules(self) -> Iterator[ModuleType]:
        """Gives the modules of the things, and those of their packages, that are imported."""
        names = {module.__name__ for thing in self.things for module in _modules_of(thing)}
        packages = {name.partition(".")[0] for name in names}
        for name, module in tuple(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name.partition(".")[0] in packages and file is not None and self.covers(file):
                yield module


def _paths_of(module: ModuleType) -> tuple[str, ...]:
    """Returns what the names of a module's files begin with; of a package, all in its folder."""
    return _folders(getattr(module, "__path__", ())) or tuple(
        filter(None, [getattr(module, "__file__", None)])
    )


def _modules_of(thing: object) -> list[ModuleType]:
    if isinstance(thing, ModuleType):
        return [thing]
    kind = thing if inspect.isclass(thing) else type(thing)
    return [sys.modules[it.__module__] for it in kind.__mro__ if it.__module__ in sys.modules]
