"""Today and now, in one place, so that demonstration data can be filed on its own dates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time

from django.utils import timezone

_fixed: ContextVar[datetime | None] = ContextVar("fixed_moment", default=None)


def now() -> datetime:
    """The present moment, aware, unless a demonstration set another one."""
    return _fixed.get() or timezone.now()


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
