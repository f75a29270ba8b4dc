"""Public objects show the module that people import them from."""

from __future__ import annotations


def present_as(module: str, *named: object) -> None:
    """Set the module that classes and functions say they come from."""
    for value in named:
        value.__module__ = module
