"""The last lines of a script: the step that fails, and how its failure is told."""

from __future__ import annotations

from typing import Final

from sidetable_conformance.checks.weakref import WORDS
from sidetable_conformance.spec.requirement import DYNAMO

from .answers import Expected, What
from .trace import Trace

_LOOKUP_ERRORS: Final = "(AssertionError, LookupError, ReferenceError)"
_MRO: Final = "[kind.__name__ for kind in type(seen).__mro__]"
_SAID: Final = "said = f\"{getattr(seen, 'gb_type', '')} {seen}\".lower().replace('-', ' ')"
_CAUSE: Final = "said = '{0.__class__.__name__}: {0}'.format(seen.__cause__)"


def observed(trace: Trace, call: str) -> list[str]:
    """Returns the lines that take the last step, and end the script if it fails.

    Args:
        trace: The trace.
        call: The last step, as an expression.
    """
    lines = [f"try: seen = {call}", "except Exception as error: seen = error"]
    match trace.wanted.what:
        case What.ABOUT:
            lines.append(_SAID)
        case What.CAUSE:
            lines.append(_CAUSE)
        case _:
            pass
    return [*lines, f"if {_wrong(trace)}:", f"    {ending(trace, '{seen!r}')}"]


def ending(trace: Trace, seen: str) -> str:
    """Returns the statement that ends a script which has shown its failure.

    Args:
        trace: The trace.
        seen: What was seen, as a part of an f-string.
    """
    prefix = "f" if "{" in seen else ""
    return f"raise SystemExit({prefix}{f'expected {trace.expected}; seen {seen}'!r})"


def _wrong(trace: Trace) -> str:  # noqa: C901, PLR0911, PLR0912  # one for each kind of answer
    wanted = trace.wanted
    match wanted.what:
        case What.OBJECT:
            return f"seen is not {trace.expected}"
        case What.INDEX:
            return f"repr(seen) != '{wanted.value}'"
        case What.NONE | What.PRESENCE:
            return f"seen is not {trace.expected}"
        case What.INDICES:
            return f"seen != {_indices(trace)}"
        case What.DONE:
            return "isinstance(seen, Exception)"
        case What.DONE_OR_LOOKUP_ERROR:
            return f"isinstance(seen, Exception) and not isinstance(seen, {_LOOKUP_ERRORS})"
        case What.LOOKUP_ERROR if trace.answer.error is not None:
            return f"not isinstance(seen, {_LOOKUP_ERRORS})"
        case What.TYPE_ERROR:
            return "not isinstance(seen, TypeError)"
        case What.UNSUPPORTED:
            return f"'Unsupported' not in {_MRO}"
        case What.ABOUT:
            return _names_the_other(wanted)
        case What.CAUSE:
            beside = trace.answer.beside
            return f"said != {beside.text if beside else ''!r}"
        case What.TOLD_APART:
            return _not_told_apart(trace)
        case _:
            return "not isinstance(seen, Exception)"


def _indices(trace: Trace) -> str:
    value = trace.wanted.value
    count = len(value) if isinstance(value, tuple) else 0
    return f"{count}" if counts_them(trace) else f"[*range({count})]"


def counts_them(trace: Trace) -> bool:
    """Tells whether constructors are too many or too few, which says more than which they are."""
    value, seen = trace.wanted.value, trace.answer.value
    if isinstance(value, tuple) and isinstance(seen, tuple):
        return len(value) != len(seen)
    return True


def _names_the_other(wanted: Expected) -> str:
    own, other = ("user object", "graph created")
    if WORDS[own] is not wanted.origin:
        own, other = other, own
    return f"{own!r} not in said.split({other!r})[0]"


def _not_told_apart(trace: Trace) -> str:
    if trace.answer.error is None:
        return "not isinstance(seen, Exception)"
    if trace.draft.edition == DYNAMO:
        both = "{type(first), type(seen)}"
        asserting = f"all(issubclass(each, AssertionError) for each in {both})"
        return f"not {asserting} or (type(first), str(first)) == (type(seen), str(seen))"
    return "isinstance(first, type(seen)) or isinstance(seen, type(first))"
