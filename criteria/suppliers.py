"""Who supplies the values of indicators: said by the floors above, asked when a draft is checked.

The criteria know an indicator's source (reported, computed, answer) but not which computed ones
are counted, for the counting stands on a floor above. An app says so in ``apps.ready()``.
"""

from __future__ import annotations

from collections.abc import Iterable

EVERY = "*"
_supplied: dict[str, set[str]] = {}


def register_supply(source: str, keys: Iterable[str] = (EVERY,)) -> None:
    """Say that values of a source come in: of the indicators named, or of every one."""
    _supplied.setdefault(source, set()).update(keys)


def is_supplied(source: str, key: str) -> bool:
    """Whether anybody supplies the values of an indicator."""
    known = _supplied.get(source, set())
    return EVERY in known or key in known
