"""A trace: steps on one table, the last of which does not answer what it should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from sidetable_conformance.bench.registering import Origin

from .answers import Answer, Expected, What
from .draft import Draft, Violation
from .naming import name_of
from .steps import (
    Apart,
    Construct,
    Drop,
    Enumerate,
    Get,
    Keep,
    Life,
    Presence,
    Register,
    Reset,
    RunKept,
    Set,
    Step,
    Store,
    values_of,
)


@final
@dataclass(frozen=True, slots=True)
class Trace:
    """The shortest way to a failure that was found.

    Attributes:
        draft: The steps, and the objects that they are about.
        wanted: What the last step should have answered.
        answer: What it answered.
    """

    draft: Draft
    wanted: Expected
    answer: Answer

    @classmethod
    def of(cls, draft: Draft, found: Violation) -> Trace:
        """Returns a draft that fails at its last step as a trace."""
        return cls(draft, found.expected, found.answer)

    @property
    def expected(self) -> str:
        """What the last step should have answered, as a phrase."""
        return self._phrase(self.wanted)

    @property
    def seen(self) -> str:
        """What the last step answered, as a phrase."""
        answer = self.answer
        if answer.text:
            return answer.text
        return self._phrase(Expected(answer.what, answer.value))

    @property
    def lines(self) -> tuple[str, ...]:
        """A line for each step, in the words of the rules.

        Example:
            >>> from .answers import What
            >>> from .making import Made
            >>> draft = Draft("2026.11", (Made(),), (Store((0,)), Get(0)))
            >>> Trace(draft, Expected(What.OBJECT, 0), Answer(What.NONE)).lines
            ('store(a)', 'get(0): expected a; seen None')
        """
        *before, last = [self._line(step) for step in self.draft.steps]
        return (*before, f"{last}: expected {self.expected}; seen {self.seen}")

    def _name(self, number: int) -> str:
        return name_of(number, len(self.draft.objects))

    def _phrase(self, expected: Expected) -> str:  # noqa: PLR0911  # one for each kind
        value = expected.value
        match expected.what:
            case What.OBJECT if isinstance(value, int):
                return self._name(value)
            case What.INDEX:
                return f"index {value}"
            case What.PRESENCE:
                return f"{bool(value)}"
            case What.LIFE:
                return "it is alive" if value else "it has died"
            case What.INDICES if isinstance(value, tuple):
                return f"constructors of {_some(value)}"
            case What.WRITTEN if isinstance(value, int):
                return self._writing(value)
            case What.ABOUT:
                return f"Unsupported about a {expected.origin}"
            case What.CAUSE:
                return "as its cause the TypeError of weakref.ref"
            case what:
                return what.value

    def _writing(self, number: int) -> str:
        registrations = [step for step in self.draft.steps if isinstance(step, Register)]
        registered = registrations[number]
        whose = self._named(registered.value)
        if registered.origin is Origin.USER_OBJECT:
            return f"codegen(the source of {whose}), once"
        return f"the construct function of {whose} called once, with its own index"

    def _line(self, step: Step) -> str:  # noqa: C901, PLR0911, PLR0912  # one for each step
        names = [self._named(value) for value in values_of(step)]
        match step:
            case Register(origin):
                return f"register {names[0]} as a {origin}"
            case Store():
                return f"store({_some(names)})"
            case Get(index) | Apart(index):
                return f"get({index})"
            case Set(index):
                return f"set({index}, {names[0]})"
            case Drop():
                return f"drop {names[0]}"
            case Life():
                return f"is {names[0]} alive"
            case Construct(index):
                return f"run the constructor of {index}"
            case Keep(index):
                return f"keep the constructor of {index}"
            case RunKept(index):
                return f"run the constructor of {index} that was kept"
            case Reset():
                return "reset()"
            case Presence():
                return "has_user_objects()"
            case Enumerate():
                return "enumerate the constructors"
            case _:
                return "has anything been called"

    def _named(self, number: int) -> str:
        made, name = self.draft.objects[number], self._name(number)
        if made.is_plain:
            return name
        if made.content is not None:
            return f"{name} ({made.kind}, {self._name(made.content)})"
        return f"{name} ({made.kind})" if made.text.referenceable else made.kind


_SHOWN: Final = 8


def _some(parts: Sequence[object]) -> str:
    """Returns the first of some parts, and how many there are."""
    if len(parts) <= _SHOWN:
        return ", ".join(map(str, parts))
    return f"{', '.join(map(str, parts[:3]))} and on, {len(parts)} in all"
