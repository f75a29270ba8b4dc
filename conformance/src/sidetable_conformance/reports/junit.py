"""JUnit's XML, in which continuous integration shows single tests."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from sidetable_conformance.verdicts.report import Report
from sidetable_conformance.verdicts.result import Result, Verdict

from .terminal import failure_lines
from .wording import facts, shown


def junit(report: Report, rules: str = "") -> str:
    """Returns the report as JUnit's XML, with the ids of requirements as the names of tests.

    What keeps the target from being conformant is a failure, or an error if a check went wrong.
    Whatever else did not pass is skipped, and says why: a known failure too.

    Args:
        report: What a run found.
        rules: The address of the page of requirements, or "": what did not pass says where its rule
            is.

    Example:
        >>> print(junit(Report("mine", "2026.11", "core", ())).splitlines()[1])
        <testsuites tests="0" failures="0" errors="0" skipped="0">
    """
    cases = [_case(report, result, rules) for result in report.results]
    numbers = {
        "tests": str(len(cases)),
        "failures": _count(cases, "failure"),
        "errors": _count(cases, "error"),
        "skipped": _count(cases, "skipped"),
    }
    root = Element("testsuites", numbers)
    suite = SubElement(root, "testsuite", {"name": _suite(report), **numbers})
    properties = SubElement(suite, "properties")
    for name, value in (("target", shown(report.target)), *facts(report)):
        SubElement(properties, "property", {"name": name, "value": value})
    suite.extend(cases)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _case(report: Report, result: Result, rules: str) -> Element:
    case = Element("testcase", {"classname": _suite(report), "name": result.id, "time": "0"})
    if result.verdict is Verdict.PASS:
        return case
    if not report.counts(result) or result.known:
        kind = "skipped"
    elif result.verdict is Verdict.ERROR:
        kind = "error"
    else:
        kind = "failure"
    message = ": ".join(filter(None, (result.known, result.reason or result.message)))
    attributes = {"type": result.verdict.value, "message": shown(message)}
    lines = failure_lines(result, report.edition, rules=rules)
    SubElement(case, kind, attributes).text = "\n".join(lines)
    return case


def _suite(report: Report) -> str:
    return f"sidetable {shown(report.profile)} {shown(report.edition)}"


def _count(cases: list[Element], kind: str) -> str:
    return str(sum(case.find(kind) is not None for case in cases))
