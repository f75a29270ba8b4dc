"""At which bytecodes CPython looks whether a signal has come or something is to be finalized."""

from __future__ import annotations

import dis
from types import CodeType
from typing import Final

CALLS: Final = frozenset({"CALL", "CALL_FUNCTION_EX", "CALL_KW"})
"""The bytecodes that look after the call, unless they have gone on in a Python function."""

LOOPS: Final = frozenset({"JUMP_BACKWARD"})
"""Those that look before they jump."""


def names_of(code: CodeType) -> dict[int, str]:
    """Returns the name of each bytecode by its offset.

    Example:
        >>> def answer():
        ...     return 42
        >>> names_of(answer.__code__)[0]
        'RESUME'
    """
    return {each.offset: each.opname for each in dis.get_instructions(code)}
