"""Where the page of requirements is, so that a report can link to the rule that was not kept."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlsplit

RULES: Final = ""
"""The address of the page; "" as long as there is none that everybody can reach."""

_SCHEMES: Final = ("", "file", "http", "https")

_IN_ADDRESSES: Final = "%/:?#[]@!$&'()*+,;=~"


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


def quoted(address: str) -> str:
    """Returns an address in the characters that addresses are made of, so that none can end it.

    Example:
        >>> quoted("the rules.md#store.failure")
        'the%20rules.md#store.failure'
    """
    return quote(address, safe=_IN_ADDRESSES)


def followed(address: str) -> str:
    """Returns what a terminal follows; "" for a path, which says nothing without a place.

    Example:
        >>> followed("https://example.org/requirements.html#store.failure")
        'https://example.org/requirements.html#store.failure'
        >>> followed("requirements.html#store.failure")
        ''
    """
    return quoted(address) if urlsplit(address).scheme else ""
