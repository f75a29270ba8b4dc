"""The ways in which a run can go wrong, and whose fault each is.

A failed requirement is the implementation's fault. What cannot be tested is the interpreter's. A
target or file that cannot be used is the caller's. Anything else is the kit's own, except a missed
deadline, which is nobody's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from sidetable_source.errors import printable


@final
@dataclass(eq=False, repr=False)
class RequirementFailed(Exception):  # noqa: N818  # a verdict, not an error of the program
    """A check found that the implementation does not do what the requirement asks.

    The facts are strings, not the objects that they are about, so a failure keeps nothing alive.

    Attributes:
        message: What was done, as a phrase: "after a store of three objects".
        expected: What the requirement asks for.
        seen: What happened instead.
        fact: The kind of fact that did not hold, as the bench counts them; "" for any other.

    Example:
        >>> print(RequirementFailed("after a store", "index 1 finds Thing 'b'", "None"))
        after a store: expected index 1 finds Thing 'b'; seen None
    """

    message: str
    expected: str
    seen: str
    fact: str = ""

    def __str__(self) -> str:
        return f"{self.message}: expected {self.expected}; seen {self.seen}"


@final
class NotTestable(Exception):  # noqa: N818  # a verdict, not an error of the program
    """A check cannot see on this interpreter what it has to see.

    Example:
        >>> print(NotTestable("the collector frees nothing, so no death can be seen"))
        the collector frees nothing, so no death can be seen
    """


@final
@dataclass(eq=False, repr=False)
class TargetError(Exception):
    """The target cannot be used: it does not exist, lacks names, or is in use already.

    Attributes:
        target: The target, as the caller wrote it.
        reason: Why it cannot be used, and what to do.

    Example:
        >>> print(TargetError("mine:Table", "module mine has no attribute Table"))
        target mine:Table cannot be used: module mine has no attribute Table
    """

    target: str
    reason: str

    def __str__(self) -> str:
        return f"target {printable(self.target)} cannot be used: {self.reason}"


@final
@dataclass(eq=False, repr=False)
class InputError(Exception):
    """A file that the caller gave cannot be used.

    Attributes:
        name: The file's name.
        reason: Why it cannot be used, and what to do.

    Example:
        >>> print(InputError("report.json", "it is not JSON"))
        report.json cannot be used: it is not JSON
    """

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{printable(self.name)} cannot be used: {self.reason}"


class KitError(Exception):
    """Something is wrong with the kit itself, or with the interpreter that it runs on.

    Example:
        >>> print(KitError("requirement store.large has no check"))
        requirement store.large has no check
    """


@final
@dataclass(eq=False, repr=False)
class CouldNotRun(KitError):  # noqa: N818  # no error of anybody's
    """A check waited too long for something, so it says nothing about the target.

    Attributes:
        what: What was waited for.
        seconds: For how long.

    Example:
        >>> print(CouldNotRun("2 threads", 60.0))
        could not run: 2 threads did not end within 60 seconds, because one waits for another or \
the machine is too busy
    """

    what: str
    seconds: float

    def __str__(self) -> str:
        return (
            f"could not run: {self.what} did not end within {self.seconds:g} seconds, because one"
            " waits for another or the machine is too busy"
        )
