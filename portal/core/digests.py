"""What a digest covers and how it is made: one table of schemes for the ledger and the stream.

A released scheme never changes. A new field of an entry, or another way to join fields, is a new
scheme; entries keep the one they were written with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hashlib import _Hash

    from portal.core.models.audit import AccessEntry
    from portal.core.models.ledger import LedgerEntry

# SM3 (GB/T 32905) where the library has it.
ALGORITHM = "sm3" if "sm3" in hashlib.algorithms_available else "sha256"
ALGORITHMS = ("sm3", "sha256")
SCHEME = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Joined:
    """A running digest over texts, each preceded by its length, so that none can pass for two."""

    def __init__(self, algorithm: str) -> None:
        self._hash: _Hash = hashlib.new(algorithm)

    def add(self, *parts: str) -> None:
        """Take in texts in their order."""
        for part in parts:
            data = part.encode()
            self._hash.update(b"%d:" % len(data))
            self._hash.update(data)

    def hexdigest(self) -> str:
        """The digest of what was taken in so far."""
        return self._hash.hexdigest()


class Scheme(NamedTuple):
    """The fields a digest covers, in their order, and how they become one text."""

    fields: tuple[str, ...]
    digest: Callable[[str, Iterable[Any]], str]


def digest_of_text(algorithm: str, text: str) -> str:
    """The digest of one text."""
    return hashlib.new(algorithm, text.encode()).hexdigest()


def _lines(algorithm: str, values: Iterable[Any]) -> str:
    # Scheme 1 was always SHA-256 and stated moments by way of a float.
    return digest_of_text(
        "sha256",
        "\n".join(
            str(round(value.timestamp() * 1_000_000))
            if isinstance(value, datetime)
            else str("" if value is None else value)
            for value in values
        ),
    )


def _lengths(algorithm: str, values: Iterable[Any]) -> str:
    joined = Joined(algorithm)
    joined.add(*(_text(value) for value in values))
    return joined.hexdigest()


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return str((value - _EPOCH) // timedelta(microseconds=1))
    return "" if value is None else str(value)


LEDGER_SCHEMES: dict[int, Scheme] = {
    1: Scheme(
        (
            *("previous", "chain", "seq", "at", "verb", "summary", "actor_id", "actor_name"),
            *("office_name", "office_code", "post_label", "payload"),
        ),
        _lines,
    ),
    2: Scheme(
        (
            *("scheme", "algorithm", "previous", "chain", "seq", "at", "verb", "summary"),
            *("actor_id", "actor_name", "office_name", "office_code", "post_id", "post_label"),
            *("address", "outcome", "subject", "scope_code", "audience", "payload", "before"),
            "after",
        ),
        _lengths,
    ),
}
STREAM_SCHEMES: dict[int, Scheme] = {
    2: Scheme(
        (
            *("scheme", "algorithm", "at", "kind", "outcome", "actor_id", "actor_name"),
            *("office_name", "office_code", "post_id", "post_label", "address", "subject"),
            *("path", "summary"),
        ),
        _lengths,
    ),
}


def ledger_digest(entry: LedgerEntry) -> str:
    """The digest of a ledger entry by its own scheme and algorithm; empty when it names none."""
    return _digest(entry, LEDGER_SCHEMES)


def stream_digest(entry: AccessEntry) -> str:
    """The digest of an entry of the stream, likewise."""
    return _digest(entry, STREAM_SCHEMES)


def _digest(entry: LedgerEntry | AccessEntry, schemes: dict[int, Scheme]) -> str:
    scheme = schemes.get(entry.scheme)
    if scheme is None or entry.algorithm not in ALGORITHMS:
        return ""
    return scheme.digest(entry.algorithm, (getattr(entry, name) for name in scheme.fields))
