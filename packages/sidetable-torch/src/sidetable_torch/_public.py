"""Making public objects show their public place."""

from __future__ import annotations


def present_as(module: str, *classes: type) -> None:
    """Lets classes say that they are from the module that people import them from."""
    for cls in classes:
        cls.__module__ = module
