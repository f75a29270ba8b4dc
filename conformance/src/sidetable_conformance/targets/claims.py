"""What a target says about itself: its optional powers, its errors, how to collect for it.

It does so by three attributes, each of which it may lack: `capabilities`, a collection of names;
`classify`, a function of an exception; and `collect`, a function without parameters.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, final

from sidetable_conformance.errors import TargetError
from sidetable_conformance.objects.describe import describe, describe_error
from sidetable_conformance.spec.listing import CAPABILITIES
from sidetable_conformance.targets.failures import ErrorKind, kind_by_type
from sidetable_conformance.targets.shape import SIDETABLE, Shape, can_call, takes
from sidetable_source.errors import printable


@final
@dataclass(frozen=True, slots=True)
class Claims:
    """What a target says about itself.

    Attributes:
        name: What the target is called in reports.
        capabilities: The optional powers that it is taken to have.
        notices: What its owner should know about what it declares, a sentence each.
        own_classify: Its function `classify`, or None.
        own_collect: Its function `collect`, or None.
    """

    name: str
    capabilities: frozenset[str]
    notices: tuple[str, ...] = ()
    own_classify: Callable[[BaseException], object] | None = None
    own_collect: Callable[[], object] | None = None

    def classify(self, error: BaseException) -> ErrorKind | None:
        """Returns which kind of failure an exception is; where the target does not say, its type.

        Raises:
            TargetError: If the target's own function fails, or returns something else.
        """
        if self.own_classify is None:
            return kind_by_type(error)
        try:
            said = self.own_classify(error)
        except Exception as fault:
            reason = f"its classify() gave {describe_error(fault)}"
            raise TargetError(self.name, reason) from fault
        if said is None:
            return kind_by_type(error)
        if not isinstance(said, str) or said not in tuple(ErrorKind):
            kinds = ", ".join(ErrorKind)
            reason = f"its classify() returned {describe(said)}, which is none of {kinds}"
            raise TargetError(self.name, reason)
        return ErrorKind(said)

    def collect(self) -> None:
        """Runs the collector, in the way that the target asks for.

        Raises:
            TargetError: If the target's own function fails.
        """
        if self.own_collect is None:
            gc.collect()
            return
        try:
            self.own_collect()
        except Exception as fault:
            reason = f"its collect() gave {describe_error(fault)}"
            raise TargetError(self.name, reason) from fault


def claims_of(
    name: str, things: tuple[object, ...], shape: Shape, asked: Collection[str] | None
) -> Claims:
    """Returns what a target says about itself, and does not believe it.

    Args:
        name: What the target is called in reports.
        things: A table, and what made it; the first that has an attribute decides.
        shape: The names that the table has.
        asked: The capabilities that the caller declares for it, or None for its own.

    Raises:
        TargetError: If a capability is declared that is unknown or missing, or one of the
            attributes is not what it has to be.
    """
    declared = asked if asked is not None else _attribute(name, things, "capabilities")
    offered = _offered(things[0], shape)
    words = frozenset(offered) if declared is None else _declared(name, declared)
    for word in sorted(words - offered.keys()):
        if lacking := _lacking(word, things, shape):
            raise TargetError(name, f"it declares the capability {word}, and {lacking}")
    return Claims(
        name=name,
        capabilities=words,
        notices=tuple(
            f"it has {offered[word]}, and does not declare the capability {word}, so nothing is"
            " asked about it"
            for word in sorted(offered.keys() - words)
        ),
        own_classify=_function(name, things, "classify"),
        own_collect=_function(name, things, "collect"),
    )


def _offered(table: object, shape: Shape) -> Mapping[str, str]:
    """Returns the capabilities that a table's names show, each with what shows it."""
    offered = {word: method for word, method in shape.optional.items() if can_call(table, method)}
    if shape.entry and takes(table, "register_user_object", "hold"):
        offered["hold"] = "a parameter `hold`"
    return offered


def _lacking(word: str, things: tuple[object, ...], shape: Shape) -> str:
    """Returns why a target can not have a capability, or "" if only its checks can tell."""
    if word in shape.optional:
        return f"has no {shape.optional[word]} to call"
    if word in SIDETABLE.optional:
        return f"{shape.owner}'s names have nothing for it"
    return "is one table" if word == "tables" and things[0] is things[-1] else ""


def _declared(name: str, declared: object) -> frozenset[str]:
    if not _is_collection(declared) or not all(isinstance(word, str) for word in declared):
        raise TargetError(
            name, f"its capabilities are no collection of names: {describe(declared)}"
        )
    words = frozenset(str(word) for word in declared)
    for word in sorted(words - {*CAPABILITIES}):
        known = ", ".join(CAPABILITIES)
        raise TargetError(name, f"there is no capability {printable(word)}; choose from {known}")
    return words


def _function(name: str, things: tuple[object, ...], attribute: str) -> Callable[..., Any] | None:
    # Its arguments and what it returns are looked at where it is called.
    found = _attribute(name, things, attribute)
    if found is not None and not callable(found):
        raise TargetError(name, f"its {attribute} can not be called")
    return found


def _attribute(name: str, things: tuple[object, ...], attribute: str) -> object:
    for thing in things:
        try:
            found: object = getattr(thing, attribute)
        except AttributeError:
            continue
        except Exception as error:
            reason = f"reading its {attribute} gave {describe_error(error)}"
            raise TargetError(name, reason) from error
        return found
    return None


def _is_collection(value: object) -> TypeGuard[Collection[object]]:
    return isinstance(value, Collection) and not isinstance(value, (str, bytes))
