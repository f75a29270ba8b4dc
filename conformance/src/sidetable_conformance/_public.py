"""Gives classes and functions the public name that people import them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def publish(module: str, namespace: Mapping[str, object], names: Iterable[str]) -> None:
    """Sets `__module__` of each named class and function to the public module.

    Args:
        module: The public name of the module.
        namespace: The module's globals.
        names: What to publish; what was not made inside the module stays as it is.

    Example:
        >>> from sidetable_conformance import Report
        >>> Report.__module__
        'sidetable_conformance'
    """
    for name in names:
        exported = namespace[name]
        if getattr(exported, "__module__", "").startswith(module + "."):
            exported.__module__ = module
