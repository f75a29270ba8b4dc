"""A report as one page that people can read with no network; needs jinja2, the extra `html`.

`page` makes every page of the kit's. A page loads nothing, and its own policy forbids it to: the
browser runs the one script that is part of it, and no other, whatever the target says about itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import partial
from importlib.resources import files
from itertools import groupby
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from sidetable_conformance.results import Report, Verdict

from .wording import SIGNS, conclusion, explain, facts, lines_of, rule_address, shown, title, why

_PACKAGE: Final = files("sidetable_conformance")


def html(report: Report, rules: str = "") -> str:
    """Return the report as one page: the verdict, what did not pass and why, then everything."""
    return page(
        "output/page/page.html.jinja",
        ["output/page/page.css"],
        "output/page/page.js",
        report=report,
        target=shown(report.target),
        title=title(report),
        lead=conclusion(report).partition(": ")[2],
        state="pass" if report.conformant else "known" if report.as_known else "fail",
        state_verdict="pass" if report.conformant else "fail",
        areas=[
            (area, tuple(results))
            for area, results in groupby(report.results, key=lambda row: row.requirement.area)
        ],
        others=[
            row
            for row in report.results
            if row.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
        ],
        explain=explain,
        rule=partial(rule_address, rules),
        facts=facts(report),
        lines_of=lines_of,
        shown=shown,
        signs=SIGNS,
        why=why,
        digest=json.loads(report.to_json())["footer"]["sha256"],
    )


def page(template: str, styles: Sequence[str], script: str, **names: object) -> str:
    """Return a page from a template, styles and a script ("" for none), all files of the kit."""
    style, code = "".join(map(_read, styles)), _read(script) if script else ""
    scripts = f" script-src '{_hash(code)}';" if script else ""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.from_string(_read(template)).render(
        policy=f"default-src 'none'; img-src data:; style-src '{_hash(style)}';{scripts}"
        " base-uri 'none'; form-action 'none'",
        style=Markup(style),  # noqa: S704  # the kit's own, in which nothing is filled in
        script=Markup(code),  # noqa: S704  # as the style
        **names,
    )


def _read(name: str) -> str:
    return _PACKAGE.joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
