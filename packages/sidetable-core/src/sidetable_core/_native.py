"""The seam to `sidetable_native`, which has the hot functions in C.

Each hot function of core is written in Python. Where the distribution is installed, in the version
of this one, its function takes the usual case and calls the one in Python for everything else.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from functools import update_wrapper
from importlib import import_module
from types import ModuleType
from typing import Final, Literal, TypeVar

VERSION: Final = "0.1.0"
"""That of this distribution, whose own name for it stands on a floor above."""

_F = TypeVar("_F", bound=Callable[..., object])


def _native() -> ModuleType | None:
    if os.environ.get("SIDETABLE_PURE") == "1":
        return None
    try:
        native = import_module("sidetable_native")
    except ModuleNotFoundError:
        return None
    except ImportError as error:
        why = f"cannot be imported: {error}"
    else:
        if native.__version__ == VERSION:
            return native
        why = f"is version {native.__version__}, and sidetable-core is {VERSION}"
    message = f"sidetable-core runs in Python, because sidetable-native {why}"
    warnings.warn(message, RuntimeWarning, stacklevel=2)
    return None


_NATIVE: Final = _native()

implementation: Final[Literal["native", "python"]] = "python" if _NATIVE is None else "native"


def fast(kind: str, *parts: object) -> Callable[[_F], _F]:
    """Return a decorator that puts the native function of a kind in front, if there is one."""
    if _NATIVE is None:
        return lambda function: function
    make = getattr(_NATIVE, f"make_{kind}")
    return lambda function: update_wrapper(make(function, *parts), function)  # type: ignore[return-value]  # looks like it
