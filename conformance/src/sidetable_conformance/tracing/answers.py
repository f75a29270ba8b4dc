"""What a table answered to a step, what it should have, and whether the one meets the other."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, final

from sidetable_conformance.bench.registering import Origin
from sidetable_conformance.checks.weakref import WORDS
from sidetable_conformance.objects.describe import Caught
from sidetable_conformance.spec.requirement import DYNAMO

NO_OBJECT: Final = -1
"""Stands for the number of an object that is none of the trace's."""


@final
class What(StrEnum):
    """The kinds of answer, and of what is expected of one."""

    ANYTHING = "anything"
    DONE = "no exception"
    NONE = "None"
    INDEX = "an index"
    OBJECT = "an object"
    LOOKUP_ERROR = "a lookup's error"
    TOLD_APART = "an error that differs from the one of an index that was never bound"
    TYPE_ERROR = "TypeError"
    REFUSED = "an exception"
    UNSUPPORTED = "Unsupported"
    ABOUT = "an error about"
    CAUSE = "the cause"
    DONE_OR_LOOKUP_ERROR = "no exception, or a lookup's error"
    PRESENCE = "presence"
    INDICES = "constructors of"
    WRITTEN = "written"
    LIFE = "life"
    NOT_CALLED = "nothing was called"


ERRORS: Final = frozenset(
    {
        What.LOOKUP_ERROR,
        What.TOLD_APART,
        What.TYPE_ERROR,
        What.REFUSED,
        What.UNSUPPORTED,
        What.ABOUT,
        What.CAUSE,
        What.DONE_OR_LOOKUP_ERROR,
    }
)
"""What is expected of a step that has to raise, or may."""


@final
@dataclass(frozen=True, slots=True)
class Expected:
    """What a step has to answer.

    Attributes:
        what: Its kind.
        value: What exactly: an index, the number of an object, whether it is so.
        origin: For a refusal, how the object was to be registered; None if it may say anything.
    """

    what: What
    value: int | tuple[int, ...] = 0
    origin: Origin | None = None


@final
@dataclass(frozen=True, slots=True)
class Answer:
    """What a step answered, without the objects.

    Attributes:
        what: Its kind; `REFUSED` for every exception, `ANYTHING` for what has no kind.
        value: What exactly, as for `Expected`.
        error: The exception, if there was one.
        of_lookup: Whether the exception is one by which a lookup says that it finds nothing.
        beside: What the exception is compared with: the first one that a lookup of the same index
            gave, or what `weakref.ref` says of the object.
        text: What a person reads, where it does not follow from the rest.
    """

    what: What
    value: int | tuple[int, ...] = 0
    error: Caught | None = None
    of_lookup: bool = False
    beside: Caught | None = None
    text: str = ""


def violated(expected: Expected, answer: Answer, edition: str) -> Expected | None:
    """Returns what an answer does not meet, as narrow as it can be said, or None if it meets all.

    Example:
        >>> violated(Expected(What.INDEX, 1), Answer(What.INDEX, 1), "2026.11") is None
        True
    """
    error = answer.error
    match expected.what:
        case What.ANYTHING:
            met = True
        case What.DONE:
            met = error is None
        case What.LOOKUP_ERROR:
            met = answer.of_lookup
        case What.DONE_OR_LOOKUP_ERROR:
            met = error is None or answer.of_lookup
        case What.TOLD_APART:
            met = _told_apart(answer, edition)
        case What.TYPE_ERROR:
            met = error is not None and issubclass(error.kind, TypeError)
        case What.REFUSED:
            met = error is not None
        case What.UNSUPPORTED:
            return _unsupported(expected, answer)
        case _:
            met = (answer.what, answer.value) == (expected.what, expected.value)
    return None if met else expected


def _told_apart(answer: Answer, edition: str) -> bool:
    never, died = answer.beside, answer.error
    if never is None or died is None:
        return False
    if edition == DYNAMO:
        both = all(issubclass(error.kind, AssertionError) for error in (never, died))
        return both and never.told_apart_from(died)
    return not (issubclass(never.kind, died.kind) or issubclass(died.kind, never.kind))


def _unsupported(expected: Expected, answer: Answer) -> Expected | None:
    """Returns which part of a refusal is wrong: its type, whom it is about, or its cause."""
    error = answer.error
    if error is None or "Unsupported" not in [kind.__name__ for kind in error.kind.__mro__]:
        return expected
    if expected.origin is None:
        return None
    if _named_in(error) is not expected.origin:
        return Expected(What.ABOUT, origin=expected.origin)
    return None if error.cause == answer.beside else Expected(What.CAUSE)


def _named_in(error: Caught) -> Origin | None:
    """Returns which kind of object an error names first, in its `gb_type` or else in its text."""
    for text in (error.gb_type, error.text):
        plain = text.lower().replace("-", " ")
        places = {plain.find(words): origin for words, origin in WORDS.items() if words in plain}
        if places:
            return places[min(places)]
    return None
