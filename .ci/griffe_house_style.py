"""Teaches the reference pages two things about the docstrings and classes of this project.

Loaded by mkdocstrings, as `mkdocs.yml` says.
"""

from __future__ import annotations

import re
from typing import Any

import griffe


class HouseStyle(griffe.Extension):
    """`Example:` is a section of examples, and `__new__` can say what a class takes."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:  # whatever griffe passes
        """Renames the section to the one word that the parser knows."""
        if obj.docstring:
            text = obj.docstring.value
            obj.docstring.value = re.sub(r"^Example:$", "Examples:", text, flags=re.MULTILINE)

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:  # whatever griffe passes
        """Lets the parameters of `__new__` stand for those of an `__init__` that is not there."""
        new = cls.members.get("__new__")
        if isinstance(new, griffe.Function) and "__init__" not in cls.members:
            parameters = griffe.Parameters(*new.parameters)
            cls.set_member("__init__", griffe.Function("__init__", parameters=parameters))
