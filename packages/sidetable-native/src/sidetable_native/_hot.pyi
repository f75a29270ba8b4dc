# Each makes a function that does what its reference does.
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeAlias

_Reference: TypeAlias = Callable[..., object]

def make_lookup(
    reference: _Reference, variable: ContextVar[object], held: type, /
) -> _Reference: ...
def make_store(
    reference: _Reference,
    variable: ContextVar[object],
    anchor: object,
    owner: object,
    /,
) -> _Reference: ...
def make_bind(
    reference: _Reference,
    variable: ContextVar[object],
    anchor: object,
    owner: type,
    size: int,
    /,
) -> _Reference: ...
def make_restore(
    reference: _Reference,
    variable: ContextVar[object],
    owner: type,
    finish: Callable[..., object],
    /,
) -> _Reference: ...
def make_register(
    reference: _Reference,
    state: type,
    registration: type,
    kinds: tuple[type, ...],
    /,
) -> _Reference: ...
def make_frame(reference: _Reference, state: type, frame: type, held: type, /) -> _Reference: ...
def make_enter(
    reference: _Reference,
    state: type,
    owner: type,
    frame_owner: type,
    home: ContextVar[None],
    retired: set[int],
    /,
) -> _Reference: ...
def make_leave(
    reference: _Reference,
    state: type,
    owner: type,
    frame_owner: type,
    home: ContextVar[None],
    retired: set[int],
    enter: _Reference,
    /,
) -> _Reference: ...
def make_delete(
    reference: _Reference,
    state: type,
    owner: type,
    frame_owner: type,
    home: ContextVar[None],
    retired: set[int],
    /,
) -> _Reference: ...
