"""A badge: the file that the badge service of shields.io reads from an address of yours."""

from __future__ import annotations

import json

from sidetable_conformance.verdicts.report import Report

from .wording import score


def badge(report: Report) -> str:
    """Returns the badge as JSON text: `core 2026.11 58/58`, never a percentage.

    Example:
        >>> print(badge(Report("mine", "2026.11", "core", ())), end="")
        {
          "schemaVersion": 1,
          "label": "sidetable",
          "message": "core 2026.11 0/0",
          "color": "brightgreen"
        }
    """
    colour = "brightgreen" if report.conformant else "orange" if report.as_known else "red"
    document = {
        "schemaVersion": 1,
        "label": "sidetable",
        "message": score(report),
        "color": colour,
    }
    return json.dumps(document, indent=2) + "\n"
