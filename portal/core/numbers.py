"""Gapless numbers. One row with a lock inside the issuing transaction, never a SEQUENCE."""

from __future__ import annotations

from portal.core import clock
from portal.core.models import NumberSeries, Office


def next_number(office: Office, kind: str) -> tuple[int, int]:
    """Take the next number of an office's yearly series: ``(year, serial)``.

    Must run inside the transaction that uses the number: a rollback gives it back.
    """
    year = clock.today().year
    NumberSeries.objects.get_or_create(office=office, kind=kind, year=year)
    series = NumberSeries.objects.select_for_update().get(office=office, kind=kind, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return year, series.last
