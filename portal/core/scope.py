"""Scope is a range of region codes, never a prefix: a range uses a plain index everywhere."""

from __future__ import annotations

from typing import NamedTuple

from portal.core.constants import LEVELS


class Scope(NamedTuple):
    """Half-open range of region codes: ``lower <= code < upper``."""

    lower: str
    upper: str

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and self.lower <= code < self.upper


def scope_of(code: str, kind: str) -> Scope:
    """The range a region covers.

    >>> scope_of("140500", "city")
    Scope(lower='140500', upper='140600')
    """
    if kind not in LEVELS:
        return Scope(code, code + "~")
    digits = LEVELS[kind].digits
    following = str(int(code[:digits]) + 1)
    return Scope(code, following.ljust(6, "0"))
