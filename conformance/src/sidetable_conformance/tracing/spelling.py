"""How a script imports the target, where a text says how it is imported."""

from __future__ import annotations

import re
from typing import Final

from sidetable_conformance.errors import TargetError
from sidetable_conformance.targets.target import Target, open_target

_TEXT: Final = re.compile(r"(?P<module>\w+(\.\w+)*)(:(?P<attribute>\w+(\.\w+)*))?", re.ASCII)


def imports_of(target: Target) -> tuple[str, ...]:
    """Returns the lines that import a target and bind a fresh one to `table`.

    Returns:
        The lines, or none if the name of the target is no text that it can be imported by.
    """
    named = _TEXT.fullmatch(target.name)
    if named is None or not _is_found(target):
        return ()
    module, attribute = named["module"], named["attribute"]
    if attribute is None:
        return (f"import {module} as table",)
    call = "()" if target.makes_tables else ""
    return (f"import {module}", f"table = {module}.{attribute}{call}")


def _is_found(target: Target) -> bool:
    try:
        found = open_target(target.name)
    except TargetError:
        return False
    return found.shape is target.shape and found.makes_tables is target.makes_tables
