"""Known failures, each with a reason: the file, read and written."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, final

from sidetable_conformance.errors import InputError
from sidetable_conformance.results import KINDS, Fields, Report, Result, Verdict
from sidetable_conformance.spec import EDITIONS
from sidetable_source.errors import printable

# --- What is known to fail, and what a run says of that ------------------------------------------

_GONE: Final = MappingProxyType(
    {Verdict.PASS: "passes now", Verdict.NOT_APPLICABLE: "does not apply to the target"}
)
_NOT_FAILURES: Final = (*_GONE, Verdict.ERROR)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@final
@dataclass(frozen=True, slots=True)
class KnownFailure:
    """One requirement that is known to fail.

    Attributes:
        id: The requirement's id.
        kind: `known-bug`, `by-design` or `future`.
        reason: Why it fails.
        issue: Where that is being followed, or "".
        edition: The edition in which it fails, or "" for every one.
    """

    id: str
    kind: str
    reason: str
    issue: str = ""
    edition: str = ""


@final
@dataclass(frozen=True, slots=True)
class KnownFailures:
    """What a file of known failures says.

    Attributes:
        entries: The known failures, in the order of the file.
    """

    entries: tuple[KnownFailure, ...] = ()

    def listed(self, id_: str, edition: str) -> KnownFailure | None:
        """Return what is known of a requirement in an edition."""
        for entry in self.entries:
            if entry.id == id_ and entry.edition in ("", edition):
                return entry
        return None

    def marked(
        self, result: Result, edition: str, blocked_by: Mapping[str, str] = _NOTHING
    ) -> Result:
        """Return a result with what is known of it; one that is not listed is as it was.

        What is blocked by a known failure is known with it. A fault of the kit never is.
        """
        if result.verdict in _NOT_FAILURES:
            return result
        entry = self.listed(result.id, edition)
        blocker = result.blocked_by
        while entry is None and blocker:
            entry = self.listed(blocker, edition)
            blocker = blocked_by.get(blocker, "")
        if entry is None:
            return result
        return replace(result, known=entry.kind, reason=entry.reason, issue=entry.issue)

    def applied(self, report: Report) -> Report:
        """Return a report with what is known of its results."""
        blocked_by = {result.id: result.blocked_by for result in report.results}
        return replace(
            report,
            results=tuple(
                self.marked(result, report.edition, blocked_by) for result in report.results
            ),
        )

    def stale(self, report: Report, ids: Collection[str]) -> tuple[str, ...]:
        """Return what is out of date, a sentence for each; nothing where all is as it says."""
        unknown = (entry.id for entry in self.entries if entry.id not in ids)
        return (
            *(f"there is no requirement {id_}" for id_ in dict.fromkeys(unknown)),
            *(
                f"{result.id} {_GONE[result.verdict]}"
                for result in report.results
                if result.verdict in _GONE and self.listed(result.id, report.edition)
            ),
        )


# --- Reads a file of known failures, and takes nothing in it on trust ----------------------------

UNFINISHED: Final = "TODO"
"""How a reason begins that somebody has still to write."""

_ENTRY: Final = frozenset({"issue", "kind", "reason"})


def read_known(
    text: str, name: str = "known failures", *, unfinished: bool = False
) -> KnownFailures:
    """Return what a file of known failures says, or raise InputError.

    It is TOML, with a table `known` of ids, and in a table `edition`, for an edition, the same for
    what fails in that edition only. An entry has a `reason`, which may be unfinished if that is
    said here, a `kind` and, if there is one, an `issue`.
    """
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(name, f"it is not TOML: {printable(str(error))}") from error
    document = Fields(content, "the file", name)
    _only(document, ("known", "edition"), name)
    entries = [*_entries(document, "", name)]
    if "edition" in document:
        editions = document.part("edition")
        _only(editions, EDITIONS, name)
        for edition in editions.content:
            part = editions.part(edition)
            _only(part, ("known",), name)
            entries += _entries(part, edition, name)
    everywhere = Counter(entry.id for entry in entries)
    if twice := sorted({e.id for e in entries if not e.edition and everywhere[e.id] > 1}):
        reason = f"{', '.join(twice)} is listed for every edition and for one of them"
        raise InputError(name, reason)
    if not unfinished and (todo := [entry.id for entry in entries if has_no_reason(entry)]):
        raise InputError(name, f"give a reason for {', '.join(todo)}")
    return KnownFailures(tuple(entries))


def has_no_reason(entry: KnownFailure) -> bool:
    """Return whether the reason has still to be written."""
    return not entry.reason or entry.reason.upper().startswith(UNFINISHED)


def _entries(document: Fields, edition: str, name: str) -> Iterator[KnownFailure]:
    if "known" not in document:
        return
    listed = document.part("known")
    for id_ in listed.ids():
        entry = listed.part(id_)
        _only(entry, _ENTRY, name)
        yield KnownFailure(
            id=id_,
            kind=entry.one_of("kind", KINDS),
            reason=entry.text("reason").strip(),
            issue=entry.text("issue", ""),
            edition=edition,
        )


def _only(part: Fields, choices: tuple[str, ...] | frozenset[str], name: str) -> None:
    if unknown := [printable(key) for key in part.content if key not in choices]:
        allowed = ", ".join(sorted(choices))
        raise InputError(name, f"it has {', '.join(unknown)}; allowed here: {allowed}")


# --- Makes a file of known failures out of what a run found --------------------------------------

_PLACEHOLDER: Final = f"{UNFINISHED}: say why it fails"
_HEAD: Final = """\
# Requirements that are known to fail. Each needs a reason, and a kind: "known-bug", "by-design" or
# "future". An entry whose requirement passes is an error, so that the list stays up to date.
"""


def baseline(report: Report, known: KnownFailures) -> KnownFailures:
    """Return what fails now, with the reasons that were known already.

    Entries for other editions stay. A blocked requirement is not listed, because its blocker is;
    nor is an error of the kit.
    """
    others = [entry for entry in known.entries if entry.edition not in ("", report.edition)]
    return KnownFailures((*_failing(report, known), *others))


def write_known(known: KnownFailures) -> str:
    """Return the text of a file of known failures."""
    return "\n".join([_HEAD, *(_entry(entry) for entry in known.entries)])


def _failing(report: Report, known: KnownFailures) -> Iterator[KnownFailure]:
    for result in report.results:
        if result.verdict in (Verdict.FAIL, Verdict.VACUOUS):
            listed = known.listed(result.id, report.edition)
            yield listed or KnownFailure(
                result.id, "known-bug", _PLACEHOLDER, edition=report.edition
            )


def _entry(entry: KnownFailure) -> str:
    where = f'edition."{entry.edition}".known' if entry.edition else "known"
    lines = [f'[{where}."{entry.id}"]', f'kind = "{entry.kind}"', f"reason = {_toml(entry.reason)}"]
    if entry.issue:
        lines.append(f"issue = {_toml(entry.issue)}")
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    # A text of JSON is one of TOML too, if it has no surrogates: TOML has none at all.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
