"""What a run found: results, the report that has them, and the report as JSON."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from importlib import metadata
from typing import Final, NoReturn, TypeVar, cast, final

from sidetable_conformance.errors import InputError
from sidetable_conformance.spec import ID, LEVELS, Requirement
from sidetable_source.errors import printable

_T = TypeVar("_T")

# --- What came of one requirement, as a value that keeps nothing of the target alive -------------

KINDS: Final = ("known-bug", "by-design", "future")
"""Why a requirement may be known to fail."""


@final
class Verdict(StrEnum):
    """The verdict on one requirement.

    Attributes:
        PASS: The implementation does what is asked, and the check has seen it do so.
        FAIL: It does not.
        VACUOUS: Nothing failed, but what the requirement is about never happened.
        BLOCKED: A requirement that this one needs failed, so its check would mean nothing.
        NOT_TESTABLE: The check cannot see on this interpreter what it has to see.
        NOT_APPLICABLE: The requirement is about a capability that was not asked about.
        ERROR: The check could not run, or went wrong; it says nothing about the implementation.
    """

    PASS = "pass"  # noqa: S105  # a verdict
    FAIL = "fail"
    VACUOUS = "vacuous"
    BLOCKED = "blocked"
    NOT_TESTABLE = "not-testable"
    NOT_APPLICABLE = "not-applicable"
    ERROR = "error"


@final
@dataclass(frozen=True, slots=True)
class Result:
    """The verdict on one requirement, and what led to it.

    Attributes:
        requirement: The requirement.
        verdict: The verdict.
        message: Why, in one line; "" for a pass.
        when: For a failure, what was done.
        expected: For a failure, what should have happened.
        seen: For a failure, what happened.
        fact: For a failure, the lines of the check that led to it, and the kind of fact that did
            not hold: one of the bench's, or `called` and the operation that raised.
        counts: How often each kind of fact was seen to hold, in the order of their names.
        blocked_by: The failed requirement that blocks this one, or "".
        script: For a failure, a program that imports only the target and reproduces it.
        scored: Whether the edition had the requirement when it was frozen. A later one is judged,
            but does not count.
        known: The kind of known failure that it is (`KINDS`), or "".
        reason: Why it is known to fail, from the file of known failures.
        issue: The issue that tracks it, from the same file.
    """

    requirement: Requirement
    verdict: Verdict
    message: str = ""
    when: str = ""
    expected: str = ""
    seen: str = ""
    fact: tuple[tuple[int, ...], str] = ((), "")
    counts: tuple[tuple[str, int], ...] = ()
    blocked_by: str = ""
    script: str = ""
    scored: bool = True
    known: str = ""
    reason: str = ""
    issue: str = ""

    @property
    def red(self) -> bool:
        """Whether it keeps a report from being conformant, if it is about a MUST."""
        return self.verdict in (Verdict.FAIL, Verdict.VACUOUS, Verdict.BLOCKED, Verdict.ERROR)

    @property
    def id(self) -> str:
        """The requirement's id."""
        return self.requirement.id

    def row(self, edition: str) -> dict[str, object]:
        """Return the row of a report's JSON, without the empty fields.

        Args:
            edition: The edition in whose words the requirement is quoted.

        Example:
            >>> asked = Requirement("area.rule", "MUST", "core", "Something is asked.")
            >>> row = Result(asked, Verdict.PASS, counts=(("found", 2),)).row("2026.11")
            >>> row["id"], row["verdict"], row["counts"]
            ('area.rule', 'pass', {'found': 2})
        """
        row: dict[str, object] = {
            "id": self.id,
            "level": self.requirement.level,
            "sentence": self.requirement.sentence(edition),
            "verdict": self.verdict.value,
            "message": self.message,
            "counts": dict(self.counts),
        }
        if self.verdict is Verdict.FAIL:
            row |= {"when": self.when, "expected": self.expected, "seen": self.seen}
        if self.script:
            row["script"] = self.script
        if self.blocked_by:
            row["blocked_by"] = self.blocked_by
        if not self.scored:
            row["scored"] = False
        if self.known:
            row["known"] = {"kind": self.known, "reason": self.reason, "issue": self.issue}
        return row


# --- What a run has to say of itself, so that a report can be understood and repeated later ------


@final
@dataclass(frozen=True, slots=True)
class Header:
    """The circumstances of a run. Nothing in it changes between two runs under the same ones.

    Attributes:
        kit: The kit's version.
        edition_digest: The SHA-256 of the ids that were asked and their sentences.
        without: The capabilities of the profiles that the target was not asked about.
        strength: How many faulty implementations this kit catches, in words.
        budget: How much the state machine and the schedules were let explore.
        python: The interpreter's version.
        implementation: Whose interpreter it is.
        platform: The system that it was built for.
        gil: Whether it had its global lock.
    """

    kit: str = ""
    edition_digest: str = ""
    without: tuple[str, ...] = ()
    strength: str = ""
    budget: str = ""
    python: str = ""
    implementation: str = ""
    platform: str = ""
    gil: bool = True

    def rows(self) -> dict[str, object]:
        """Return the facts of a report's JSON, with the empty ones."""
        rows: dict[str, object] = asdict(self)
        rows["without"] = list(self.without)
        return rows


def header_here(
    asked: Iterable[Requirement],
    edition: str,
    *,
    without: Iterable[str] = (),
    strength: str = "",
    budget: str = "",
) -> Header:
    """Return the header of a run in this process."""
    asked = tuple(asked)
    about = {word for row in asked for word in row.capabilities}
    return Header(
        kit=kit_version(),
        edition_digest=edition_digest(asked, edition),
        without=tuple(sorted(about.intersection(without))),
        strength=strength,
        budget=budget,
        python=platform.python_version(),
        implementation=platform.python_implementation(),
        platform=sysconfig.get_platform(),
        gil=_has_gil(),
    )


def edition_digest(asked: Iterable[Requirement], edition: str) -> str:
    """Return the SHA-256 of ids and sentences, by which two lists can be told apart."""
    pairs = [(row.id, row.sentence(edition)) for row in asked]
    return hashlib.sha256(json.dumps(pairs, separators=(",", ":")).encode()).hexdigest()


def kit_version() -> str:
    """Return the version of the kit that is installed, or "unknown" where none is."""
    try:
        return metadata.version("sidetable-conformance")
    except metadata.PackageNotFoundError:  # run from a source tree that is not installed
        return "unknown"


def _has_gil() -> bool:
    # Interpreters before 3.13 lack the function, and have the lock.
    enabled: Callable[[], bool] = getattr(sys, "_is_gil_enabled", lambda: True)
    return enabled()


# --- The verdicts of one run, and what they say of the target as a whole -------------------------

SCHEMA: Final = 1
"""The version of the documents that `Report.to_json` writes."""


@final
@dataclass(frozen=True, slots=True)
class Report:
    """The verdicts of one run.

    Attributes:
        target: The name of the target.
        edition: The edition that it was judged by.
        profile: The group of requirements.
        results: One result for each requirement, in the order of the list.
        strict: Whether what cannot be tested here counts as not conformant.
        header: The circumstances of the run.
    """

    target: str
    edition: str
    profile: str
    results: tuple[Result, ...]
    strict: bool = False
    header: Header = field(default_factory=Header)

    @property
    def failed(self) -> tuple[str, ...]:
        """The ids of the requirements that failed, in the order of the list."""
        return tuple(row.id for row in self.results if row.verdict is Verdict.FAIL)

    @property
    def errors(self) -> tuple[str, ...]:
        """The ids of the requirements whose check went wrong."""
        return tuple(row.id for row in self.results if row.verdict is Verdict.ERROR)

    @property
    def known(self) -> tuple[str, ...]:
        """The ids of the requirements that are known to fail, and do."""
        return tuple(row.id for row in self.results if row.known)

    def counts(self, result: Result) -> bool:
        """Return whether a result keeps the report from being conformant.

        What came after the edition was frozen never does, and what cannot be tested on this
        interpreter does only in a strict report.
        """
        return result.scored and (
            result.verdict is Verdict.ERROR
            or (result.requirement.level == "MUST" and result.red)
            or (self.strict and result.verdict is Verdict.NOT_TESTABLE)
        )

    @property
    def conformant(self) -> bool:
        """Whether something passed, every MUST that was asked did, and no check went wrong.

        A MUST that is known to fail has not passed.

        Example:
            >>> Report("mine", "2026.11", "core", ()).conformant
            False
        """
        return self.passed[0] > 0 and not any(self.counts(row) for row in self.results)

    @property
    def as_known(self) -> bool:
        """Whether nothing but known failures keeps it from being conformant."""
        against = [row for row in self.results if self.counts(row)]
        return self.conformant or (bool(against) and all(row.known for row in against))

    @property
    def passed(self) -> tuple[int, int]:
        """How many requirements passed, of how many that were asked and count."""
        asked = [it for it in self.results if it.scored and it.verdict != Verdict.NOT_APPLICABLE]
        return sum(it.verdict is Verdict.PASS for it in asked), len(asked)

    @property
    def summary(self) -> dict[str, int]:
        """How many requirements there are of each verdict, every verdict included."""
        counted = Counter(row.verdict for row in self.results)
        return {verdict.value: counted[verdict] for verdict in Verdict}

    def to_json(self) -> str:
        """Return the report as JSON text, the same bytes for the same run.

        Returns:
            One object in ASCII, of the kit's schema `output/schema/report-1.json`: what was judged
            and in which circumstances, `results`, and a `footer` with their number and the digest
            of everything before it.

        Example:
            >>> import json
            >>> document = json.loads(Report("mine", "2026.11", "core", ()).to_json())
            >>> document["schema"], document["footer"]["results"]
            (1, 0)
        """
        document: dict[str, object] = {
            "schema": SCHEMA,
            "target": self.target,
            "edition": self.edition,
            "profile": self.profile,
            "strict": self.strict,
            "conformant": self.conformant,
            "summary": self.summary,
            "header": self.header.rows(),
            "results": [result.row(self.edition) for result in self.results],
        }
        document["footer"] = {"results": len(self.results), "sha256": digest_of(document)}
        return json.dumps(document, indent=2) + "\n"


def digest_of(document: Mapping[str, object]) -> str:
    """Return the SHA-256 of a document, the same however its keys are ordered and laid out.

    Args:
        document: What JSON can hold; its `footer`, if it has one, is left out.
    """
    content = {key: value for key, value in document.items() if key != "footer"}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


# --- Reads the fields of a document, each with the type that it has to have ----------------------


@final
class Fields:
    """One object of a document; every method raises InputError if a field is not of its type.

    Args:
        content: What was read; anything but an object is refused.
        where: What it is, in a message.
        name: What the whole document is called.

    Attributes:
        content: The object.
    """

    def __init__(self, content: object, where: str, name: str) -> None:
        self._where: Final = where
        self._name: Final = name
        if not isinstance(content, dict):
            raise InputError(name, f"{where} is not an object")
        # Its keys are texts: it was read from JSON or TOML.
        self.content: Final = cast("dict[str, object]", content)

    def __contains__(self, key: str) -> bool:
        return key in self.content

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text, or the default where there is no such field."""
        return self._get(key, str, "a string", default)

    def word(self, key: str, default: str | None = None) -> str:
        """Return a requirement's id, or the default where there is no such field."""
        text = self.text(key, default)
        return text if text == default else self._id(key, text)

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        """Return a text that is one of these."""
        text = self.text(key)
        if text not in choices:
            self._refuse(key, f"one of {', '.join(choices)}")
        return text

    def number(self, key: str) -> int:
        """Return a whole number."""
        return self._get(key, int, "a number")

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Return a truth value, or the default where there is no such field."""
        return self._get(key, bool, "true or false", default)

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            self._refuse(key, "a list of strings")
        return tuple(map(str, values))

    def numbers(self) -> tuple[tuple[str, int], ...]:
        """Return every field of the object, all of which are numbers, in the order of names."""
        return tuple((key, self.number(key)) for key in sorted(self.content))

    def ids(self) -> tuple[str, ...]:
        """Return the names of the fields, all of which are ids of requirements."""
        return tuple(self._id(key, key) for key in self.content)

    def part(self, key: str) -> Fields:
        """Return an object inside of this one."""
        return Fields(self._get(key, object, ""), f"{key} of {self._where}", self._name)

    def parts(self, key: str) -> tuple[Fields, ...]:
        """Return a list of objects inside of this one."""
        return tuple(Fields(item, f"an item of {key}", self._name) for item in self._list(key))

    def _get(self, key: str, kind: type[_T], what: str, default: _T | None = None) -> _T:
        value = self.content.get(key, default)
        if value is None:
            raise InputError(self._name, f"{self._where} has no {key}")
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self._refuse(key, what)
        return value

    def _list(self, key: str) -> list[object]:
        return cast("list[object]", self._get(key, list, "a list"))

    def _id(self, key: str, text: str) -> str:
        return text if ID.fullmatch(text) else self._refuse(key, "an id")

    def _refuse(self, key: str, what: str) -> NoReturn:
        raise InputError(self._name, f"{printable(key)} of {self._where} is not {what}")


# --- Reads a report back, and takes nothing in it on trust ---------------------------------------

_VERDICTS: Final = tuple(verdict.value for verdict in Verdict)


def read_report(text: str, name: str = "report") -> Report:
    """Return the report that `Report.to_json` wrote.

    Args:
        text: The document.
        name: Its name in an error message.

    Returns:
        The report, which `to_json` writes as the same bytes again. Its requirements have only what
        the document says.

    Raises:
        InputError: If it is not a report, is of another schema, is not complete, or was changed
            after it was written.

    Example:
        >>> read_report(Report("mine", "2026.11", "core", ()).to_json()).target
        'mine'
        >>> read_report("{}", "report.json")
        Traceback (most recent call last):
        sidetable_conformance.InputError: report.json cannot be used: it is not a report
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(name, "it is not JSON") from error
    document = Fields(content, "the report", name)
    if "schema" not in document:
        raise InputError(name, "it is not a report")
    if (schema := document.number("schema")) != SCHEMA:
        raise InputError(name, f"its schema is {schema}, and this kit reads schema {SCHEMA}")
    if "footer" not in document:
        raise InputError(name, "it has no footer, so it is not complete")
    footer = document.part("footer")
    rows = document.parts("results")
    if footer.number("results") != len(rows):
        raise InputError(name, f"it has {len(rows)} results, but its footer has another number")
    if footer.text("sha256") != digest_of(document.content):
        raise InputError(name, "its digest is wrong: it was changed after it was written")
    results = tuple(_result(row, document.text("profile")) for row in rows)
    repeated = [id_ for id_, times in Counter(row.id for row in results).items() if times > 1]
    if repeated:
        raise InputError(name, f"it has more than one result for {', '.join(repeated)}")
    return Report(
        document.text("target"),
        document.text("edition"),
        document.text("profile"),
        results,
        document.flag("strict"),
        _header(document.part("header")),
    )


def _header(part: Fields) -> Header:
    return Header(
        kit=part.text("kit"),
        edition_digest=part.text("edition_digest"),
        without=part.texts("without"),
        strength=part.text("strength"),
        budget=part.text("budget"),
        python=part.text("python"),
        implementation=part.text("implementation"),
        platform=part.text("platform"),
        gil=part.flag("gil"),
    )


def _result(row: Fields, profile: str) -> Result:
    known = row.part("known") if "known" in row else None
    return Result(
        Requirement(
            id=row.word("id"),
            level=row.one_of("level", LEVELS),
            profile=profile,
            text=row.text("sentence"),
        ),
        Verdict(row.one_of("verdict", _VERDICTS)),
        message=row.text("message"),
        when=row.text("when", ""),
        expected=row.text("expected", ""),
        seen=row.text("seen", ""),
        counts=row.part("counts").numbers(),
        blocked_by=row.word("blocked_by", ""),
        script=row.text("script", ""),
        scored=row.flag("scored", default=True),
        known="" if known is None else known.one_of("kind", KINDS),
        reason="" if known is None else known.text("reason"),
        issue="" if known is None else known.text("issue"),
    )
