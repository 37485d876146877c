"""Today and now, in one place, so that demonstration data can be filed on its own dates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time

from django.utils import timezone

_fixed: ContextVar[datetime | None] = ContextVar("fixed_moment", default=None)
_arrived: ContextVar[datetime | None] = ContextVar("arrived", default=None)


def now() -> datetime:
    """The present moment, aware, unless a demonstration set another one."""
    return _fixed.get() or timezone.now()


def received() -> datetime:
    """When the server received the request that is being answered; now, outside a request.

    Deadlines are held against this: who waits for a lock does not come late by it.
    """
    return _fixed.get() or _arrived.get() or timezone.now()


@contextmanager
def request_received(moment: datetime | None = None) -> Iterator[None]:
    """What is done for one request that arrived at a moment, now where none is given."""
    token = _arrived.set(moment or timezone.now())
    try:
        yield
    finally:
        _arrived.reset(token)


def today() -> date:
    """Today's date in Asia/Shanghai."""
    return timezone.localdate(now())


@contextmanager
def at(moment: datetime | date) -> Iterator[None]:
    """Act on another day (demonstration data and tests only; no request or job can reach this)."""
    if not isinstance(moment, datetime):
        moment = timezone.make_aware(datetime.combine(moment, time(10, 0)))
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)
