"""Making public objects show their public place."""

from __future__ import annotations


def present_as(module: str, *named: object) -> None:
    """Lets classes and functions say that they are from the module people import them from."""
    for value in named:
        value.__module__ = module
