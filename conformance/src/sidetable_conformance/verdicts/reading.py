"""Reads a report back, and takes nothing in it on trust."""

from __future__ import annotations

import json
from collections import Counter
from typing import Final

from sidetable_conformance.errors import InputError
from sidetable_conformance.spec.requirement import Requirement

from .fields import Fields
from .header import Header
from .report import SCHEMA, Report, digest_of
from .result import KINDS, Result, Verdict

_VERDICTS: Final = tuple(verdict.value for verdict in Verdict)


def read_report(text: str, name: str = "report") -> Report:
    """Returns the report that `Report.to_json` wrote.

    Args:
        text: The document.
        name: What to call it where it can not be used.

    Returns:
        The report. It is written as the same bytes again. Its requirements have the words of the
        document, and nothing that the document does not say.

    Raises:
        InputError: If it is not a report, is of another schema, is not complete, or was changed
            after it was written.

    Example:
        >>> read_report(Report("mine", "2026.11", "core", ()).to_json()).target
        'mine'
        >>> read_report("{}", "report.json")
        Traceback (most recent call last):
        sidetable_conformance.InputError: report.json can not be used: it is not a report
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
        raise InputError(name, f"it has {len(rows)} results, and its footer says another number")
    if footer.text("sha256") != digest_of(document.content):
        raise InputError(name, "its digest is wrong: it was changed after it was written")
    results = tuple(_result(row, document.text("profile")) for row in rows)
    repeated = [id_ for id_, times in Counter(row.id for row in results).items() if times > 1]
    if repeated:
        raise InputError(name, f"it has more than one result of {', '.join(repeated)}")
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
        capabilities=part.texts("capabilities"),
        notices=part.texts("notices"),
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
            level=row.one_of("level", ("MUST", "SHOULD")),
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
        trace=row.texts("trace", ()),
        script=row.text("script", ""),
        scored=row.flag("scored", default=True),
        known="" if known is None else known.one_of("kind", KINDS),
        reason="" if known is None else known.text("reason"),
        issue="" if known is None else known.text("issue"),
    )
