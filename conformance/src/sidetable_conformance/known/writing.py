"""Makes a file of known failures out of what a run found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from sidetable_conformance.verdicts.report import Report
from sidetable_conformance.verdicts.result import Verdict

from .failures import KnownFailure, KnownFailures
from .reading import UNFINISHED

_PLACEHOLDER: Final = f"{UNFINISHED}: say why it fails"
_HEAD: Final = """\
# Requirements that are known to fail. Each needs a reason, and a kind: "known-bug", "by-design" or
# "future". An entry whose requirement passes is an error, so that this list never grows old.
"""


def baseline(report: Report, known: KnownFailures) -> KnownFailures:
    """Returns what fails now, with the reasons that were known already.

    What is said about other editions stays. What is blocked is not listed, because what blocks it
    is, and neither is what a fault of the kit did.

    Args:
        report: What a run found.
        known: What was known before.
    """
    others = [entry for entry in known.entries if entry.edition not in ("", report.edition)]
    return KnownFailures((*_failing(report, known), *others))


def write_known(known: KnownFailures) -> str:
    """Returns the text of a file of known failures.

    Example:
        >>> print(write_known(KnownFailures((KnownFailure("store.large", "future", "Why?"),))))
        ... # doctest: +ELLIPSIS
        # Requirements ...
        <BLANKLINE>
        [known."store.large"]
        kind = "future"
        reason = "Why?"
        <BLANKLINE>
    """
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
