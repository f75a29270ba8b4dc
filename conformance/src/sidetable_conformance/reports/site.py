"""Where the documentation is, so that a report can link to the rule that was not kept."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

SITE: Final = ""
"""The address of the documentation; "" as long as it has none that everybody can reach."""

_SCHEMES: Final = ("", "file", "http", "https")


def site_address(text: str) -> str:
    """Returns the address of a site as it stands in links, with no slash at its end.

    Args:
        text: An address, or a path from where the report will lie.

    Raises:
        ValueError: If it is no address that a page may link to.

    Example:
        >>> site_address("https://example.org/sidetable/")
        'https://example.org/sidetable'
        >>> site_address("javascript:alert(1)")
        Traceback (most recent call last):
        ValueError: a site's address begins with http:, https: or file:, or is a path
    """
    if urlsplit(text).scheme not in _SCHEMES:
        raise ValueError("a site's address begins with http:, https: or file:, or is a path")
    return text.rstrip("/")


def rule_address(site: str, id_: str) -> str:
    """Returns the address of what a site says about a requirement; "" where there is no site.

    Example:
        >>> rule_address("https://example.org", "store.failure")
        'https://example.org/reference/requirements.html#store.failure'
        >>> rule_address("", "store.failure")
        ''
    """
    return f"{site}/reference/requirements.html#{id_}" if site else ""
