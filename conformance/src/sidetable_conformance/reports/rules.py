"""Where the page of requirements is, so that a report can link to the rule that was not kept."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

RULES: Final = ""
"""The address of the page; "" as long as there is none that everybody can reach."""

_SCHEMES: Final = ("", "file", "http", "https")


def rules_address(text: str) -> str:
    """Returns the address of a page, if a report may link to it.

    Args:
        text: An address, or a path from where the report will lie.

    Raises:
        ValueError: If it is no address that a report may link to.

    Example:
        >>> rules_address("../reference/requirements.html")
        '../reference/requirements.html'
        >>> rules_address("javascript:alert(1)")
        Traceback (most recent call last):
        ValueError: an address begins with http:, https: or file:, or is a path
    """
    if urlsplit(text).scheme not in _SCHEMES:
        raise ValueError("an address begins with http:, https: or file:, or is a path")
    return text


def rule_address(rules: str, id_: str) -> str:
    """Returns the address of a requirement, whose id is an anchor; "" where there is no page.

    Example:
        >>> rule_address("https://example.org/requirements.html", "store.failure")
        'https://example.org/requirements.html#store.failure'
        >>> rule_address("", "store.failure")
        ''
    """
    return f"{rules}#{id_}" if rules else ""
