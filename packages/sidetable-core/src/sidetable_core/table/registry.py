"""The half of a table that a compiler uses: registering objects, and forgetting them."""

# `sys._getframe` is the documented way to a frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Literal

from sidetable_core.binding.at_once import at_once
from sidetable_core.binding.registrations import (
    QUALNAME,
    FailedGraphCreated,
    FailedUserObject,
    GraphCreated,
    HeldByFrames,
    Nobody,
    Registration,
    Registrations,
)
from sidetable_core.binding.state import StaysHere
from sidetable_core.binding.tails import is_open
from sidetable_source import AttrSource, GetItemSource, LocalSource

from .arguments import calling_frame, check_construct_fn, check_hold, check_source, refuse
from .registering import register, registered_at

if TYPE_CHECKING:
    from sidetable_core.binding.registrations import ConstructFunction
    from sidetable_core.binding.state import TableState
    from sidetable_source import Source


class Registry(StaysHere):
    """What is registered in a table, and the methods that change it."""

    __slots__ = ("_state",)

    _state: TableState

    def register_user_object(
        self, value: object, source: Source, *, hold: Literal["weak", "frame"] = "weak"
    ) -> int:
        """Gives an object from outside the graph the next index, where this context finds it.

        All or nothing. Takes constant time where this context has not stored yet, and time
        proportional to the size of its binding where it has. Records the calling line.

        Args:
            value: The object. Held weakly.
            source: How to fetch it again. Held strongly, until reset.
            hold: How the object is held while it is bound. `"weak"`: by the caller only.
                `"frame"`: by the frame or entry function that binds it, for as long as that
                runs, which also suits objects that can not be weakly referenced; until then
                the index finds nothing.

        Returns:
            The index: 0 for the first registration, then one more each time, never given out
            twice before `reset`, not even to the same object.

        Raises:
            Unsupported: If the object can not be weakly referenced and `hold` is `"weak"`.
            InvalidSourceError: If the source is none (edition dynamo-2.13: not asked).
            ValueError: If `hold` is neither of the two.
            FrameError: If a frame that is open in this context has bound the index already.
        """
        state = self._state
        registration: Registration
        kind = type(source)
        if hold == "weak" and (kind is AttrSource or kind is LocalSource or kind is GetItemSource):
            # What compilers register by the thousand, without a call that can be spared.
            try:
                registration = Registration(value)
                site = sys._getframe(1)  # noqa: SLF001
            except (TypeError, ValueError):
                pass
            else:
                registration.origin = source
                value_type = type(value)
                # A metaclass can replace what the attribute finds.
                registration.type_name = (
                    value_type.__qualname__ if type(value_type) is type else QUALNAME(value_type)
                )
                registration.code = site.f_code
                registration.instruction = site.f_lasti
                registrations, variable = state.registrations, state.variable
                proxy = registrations.proxy
                if variable.get(None) is not proxy:
                    return register(state, registration)
                index = len(registrations)
                registrations.append(registration)
                if registrations[index] is registration and variable.get(None) is proxy:
                    return index
                return registered_at(state, registrations, registration, index)
        check_source(source, state.edition)
        site = calling_frame()
        if check_hold(hold):
            registration = HeldByFrames(Nobody())
        else:
            try:
                registration = Registration(value)
            except TypeError as error:
                failed = FailedUserObject(Nobody())
                failed.note(value, source, site)
                refuse(state, failed, value, error)
        registration.note(value, source, site)
        return register(state, registration)

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFunction
    ) -> int:
        """Gives an object that the graph itself makes the next index.

        All or nothing; takes as long as `register_user_object`.

        Args:
            example_value: The object that tracing made. Held strongly, until reset.
            construct_fn: Writes the code that makes the object: `construct_fn(index, codegen)`.
                Held strongly, until reset, and never called here.

        Returns:
            The index, from the same sequence as those of user objects.

        Raises:
            Unsupported: If the object can not be weakly referenced.
            TypeError: If the construct function can not be called.
            FrameError: If a frame that is open in this context has bound the index already.
        """
        check_construct_fn(construct_fn)
        site = calling_frame()
        try:
            registration = GraphCreated(example_value)
        except TypeError as error:
            failed = FailedGraphCreated(Nobody())
            failed.note(example_value, construct_fn, site)
            refuse(self._state, failed, example_value, error)
        registration.note(example_value, construct_fn, site)
        return register(self._state, registration, example_value)

    def has_user_objects(self) -> bool:
        """Returns whether anything is registered, of either kind, be it alive or dead."""
        return bool(self._state.registrations)

    def reset(self) -> None:
        """Ends all registrations and the current context's binding.

        The next index is 0 again, and what was kept alive is let go. Frames and entry functions
        that are running keep their bindings, as do other contexts: old entry functions still
        work while new graphs are traced. Takes time proportional to what was registered.
        """
        state = self._state
        found = state.settled()
        fresh = Registrations()
        ending = partial(setattr, state, "registrations", fresh)
        if isinstance(found, tuple) and is_open(found[-1]):
            ending()
        else:
            # Ended last: what then dies may bind something, which has to stay.
            at_once(partial(state.variable.set, None), last=ending)
