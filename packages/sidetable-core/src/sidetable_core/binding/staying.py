"""What can not be copied or pickled, and says so."""

from __future__ import annotations

from typing import NoReturn

from sidetable_source.errors import type_name


class StaysHere:
    """Stands for objects of this process, so that a copy would stand for nothing."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        msg = (
            f"a {type_name(self)} can not be copied or pickled: it stands for the objects of one "
            "process; copy or pickle the sources instead, and register again"
        )
        raise TypeError(msg)
