"""Gives classes and functions the public name that people import them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def publish(module: str, namespace: Mapping[str, object], names: Iterable[str]) -> None:
    """Sets `__module__` of each named class and function to the public module.

    Tracebacks, pickles and `help()` then show the name that a user writes in an import, and a
    file inside the package can be renamed without breaking a pickle.

    Args:
        module: The public name of the module.
        namespace: The module's globals.
        names: The classes and functions to publish.
    """
    for name in names:
        namespace[name].__module__ = module
