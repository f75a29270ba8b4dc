"""What a run has to say of itself, so that a report can be understood and repeated later."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import sysconfig
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import final

from sidetable_conformance.spec.requirement import Requirement


@final
@dataclass(frozen=True, slots=True)
class Header:
    """The circumstances of a run. Nothing in it changes between two runs under the same ones.

    Attributes:
        kit: The kit's version.
        edition_digest: The SHA-256 of the ids that were asked and their sentences.
        capabilities: The optional powers that the target was asked about.
        notices: What the caller should know of the target, a sentence for each.
        strength: How many faulty implementations this kit catches, in words.
        budget: How much the state machine and the schedules were let explore.
        python: The interpreter's version.
        implementation: Whose interpreter it is.
        platform: The system that it was built for.
        gil: Whether it had its global lock.
    """

    kit: str = ""
    edition_digest: str = ""
    capabilities: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    strength: str = ""
    budget: str = ""
    python: str = ""
    implementation: str = ""
    platform: str = ""
    gil: bool = True

    def rows(self) -> dict[str, object]:
        """Returns what a document says of it, every fact included.

        Example:
            >>> Header(kit="0.1.0", capabilities=("set",)).rows()["capabilities"]
            ['set']
        """
        rows: dict[str, object] = asdict(self)
        rows["capabilities"] = list(self.capabilities)
        rows["notices"] = list(self.notices)
        return rows


def header_here(
    asked: Iterable[Requirement],
    edition: str,
    *,
    capabilities: Iterable[str] = (),
    notices: Iterable[str] = (),
    strength: str = "",
    budget: str = "",
) -> Header:
    """Returns the header of a run in this process.

    Args:
        asked: The requirements of the run.
        edition: The edition in whose words they are asked.
        capabilities: The optional powers that the target was asked about.
        notices: What the caller should know of the target.
        strength: How many faulty implementations this kit catches, in words.
        budget: How much the state machine and the schedules were let explore.

    Example:
        >>> header_here((), "2026.11", capabilities={"set"}).capabilities
        ('set',)
    """
    return Header(
        kit=kit_version(),
        edition_digest=edition_digest(asked, edition),
        capabilities=tuple(sorted(capabilities)),
        notices=tuple(notices),
        strength=strength,
        budget=budget,
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        platform=sysconfig.get_platform(),
        gil=_has_gil(),
    )


def edition_digest(asked: Iterable[Requirement], edition: str) -> str:
    """Returns the SHA-256 of ids and sentences, by which two lists can be told apart.

    Example:
        >>> edition_digest((), "2026.11")[:8]
        '4f53cda1'
    """
    pairs = [(row.id, row.sentence(edition)) for row in asked]
    return hashlib.sha256(json.dumps(pairs, separators=(",", ":")).encode()).hexdigest()


def kit_version() -> str:
    """Returns the version of the kit that is installed, or "unknown" where none is.

    Example:
        >>> kit_version() != ""
        True
    """
    try:
        return metadata.version("sidetable-conformance")
    except metadata.PackageNotFoundError:  # run from a source tree that is not installed
        return "unknown"


def _has_gil() -> bool:
    # Interpreters before 3.13 lack the function, and have the lock.
    enabled: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)
    return enabled()
