"""What a codegen refuses to write, before it has written any of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn, ParamSpec

from sidetable_source import CodegenError, InvalidSourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sidetable_source import Source

_P = ParamSpec("_P")


def checked(kind: Callable[_P, Source], *args: _P.args, **kwargs: _P.kwargs) -> None:
    """Refuses what a kind of source refuses: the rules for names and constants are the same.

    Raises:
        CodegenError: If the source kind does not accept the arguments.
    """
    try:
        kind(*args, **kwargs)
    except InvalidSourceError as error:
        raise CodegenError(error.what, error.why, error.hint) from error


def refuse(what: str, why: str) -> NoReturn:
    """Refuses what no source could have asked for.

    Raises:
        CodegenError: Always.
    """
    raise CodegenError(
        what, why, "Check the verbs that the source or construct function calls, in order"
    )
