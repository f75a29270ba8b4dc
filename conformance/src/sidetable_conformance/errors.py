"""The ways in which a run can go wrong, and whose fault each is.

A requirement that fails is the implementation's, what cannot be tested is the interpreter's, a
target or a file that cannot be used is the caller's, and anything else that goes wrong is the
kit's own. A deadline that was missed is nobody's.
"""

from __future__ import annotations

from typing import final

from sidetable_source.errors import printable


@final
class RequirementFailed(Exception):  # noqa: N818  # a verdict, not an error of the program
    """A check found that the implementation does not do what the requirement asks.

    The facts are texts, never the objects they are about: a failure that is kept for a report
    keeps nothing alive.

    Attributes:
        message: What was done, as a phrase: "after a store of three objects".
        expected: What the requirement asks for.
        seen: What happened instead.
        fact: The kind of fact that did not hold, as the bench counts them; "" for none of its.

    Example:
        >>> print(RequirementFailed("after a store", "index 1 finds Thing 'b'", "None"))
        after a store: expected index 1 finds Thing 'b'; seen None
    """

    def __init__(self, message: str, expected: str, seen: str, fact: str = "") -> None:
        super().__init__(message, expected, seen, fact)
        self.message = message
        self.expected = expected
        self.seen = seen
        self.fact = fact

    def __str__(self) -> str:
        return f"{self.message}: expected {self.expected}; seen {self.seen}"


@final
class NotTestable(Exception):  # noqa: N818  # a verdict, not an error of the program
    """What a check has to see cannot be seen on this interpreter.

    Example:
        >>> print(NotTestable("the collector lets nothing go, so no death can be seen"))
        the collector lets nothing go, so no death can be seen
    """


@final
class TargetError(Exception):
    """The target cannot be used: it is not there, lacks names, or is in use already.

    Attributes:
        target: What was asked for, as it was written.
        reason: Why it cannot be used, and what to do.

    Example:
        >>> print(TargetError("mine:Table", "module mine has no attribute Table"))
        target mine:Table cannot be used: module mine has no attribute Table
    """

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(target, reason)
        self.target = target
        self.reason = reason

    def __str__(self) -> str:
        return f"target {printable(self.target)} cannot be used: {self.reason}"


@final
class InputError(Exception):
    """A file that the caller gave cannot be used.

    Attributes:
        name: What the file is called.
        reason: Why it cannot be used, and what to do.

    Example:
        >>> print(InputError("report.json", "it is not JSON"))
        report.json cannot be used: it is not JSON
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"{printable(self.name)} cannot be used: {self.reason}"


class KitError(Exception):
    """Something is wrong with the kit itself, or with the interpreter that it runs on.

    Example:
        >>> print(KitError("requirement store.large has no check"))
        requirement store.large has no check
    """


@final
class CouldNotRun(KitError):  # noqa: N818  # no error of anybody's
    """A check waited for something as long as it may, so nothing can be said of the target.

    Example:
        >>> print(CouldNotRun("2 threads", 60.0))
        could not run: 2 threads did not come to an end within 60 seconds, because one waits for \
another or the machine is too busy
    """

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(
            f"could not run: {what} did not come to an end within {seconds:g} seconds, because one"
            " waits for another or the machine is too busy"
        )
