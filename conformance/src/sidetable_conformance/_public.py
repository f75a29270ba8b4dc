"""Public objects show the module that people import them from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def publish(module: str, namespace: Mapping[str, object], names: Iterable[str]) -> None:
    """Set `__module__` of each named class and function to the public module.

    Args:
        module: The public name of the module.
        namespace: The module's globals.
        names: What to publish; names that come from elsewhere stay as they are.

    Example:
        >>> from sidetable_conformance import Report
        >>> Report.__module__
        'sidetable_conformance'
    """
    for name in names:
        exported = namespace[name]
        if getattr(exported, "__module__", "").startswith(module + "."):
            exported.__module__ = module
