"""Gapless numbers. One row with a lock inside the issuing transaction, never a SEQUENCE."""

from __future__ import annotations

from typing import Any

from portal.core import clock
from portal.core.models import DocumentNumber, NumberSeries, Office


def next_number(office: Office, kind: str, word: str = "") -> tuple[int, int]:
    """Take the next number of an office's yearly series: ``(year, serial)``.

    Must run inside the transaction that uses the number: a rollback gives it back.
    """
    year = clock.today().year
    named: dict[str, Any] = {"office": office, "kind": kind, "word": word, "year": year}
    NumberSeries.objects.get_or_create(**named)
    series = NumberSeries.objects.select_for_update().get(**named)
    series.last += 1
    series.save(update_fields=["last"])
    return year, series.last


def next_document_number(office: Office, word: str) -> tuple[int, int]:
    """The next number of an office's yearly series of documents under a 机关代字.

    Numbers that the office's own register has used or voided are passed over: they have their row.
    """
    while True:
        year, serial = next_number(office, "document", word)
        taken = DocumentNumber.objects.filter(office=office, word=word, year=year, serial=serial)
        if not taken.exists():
            return year, serial
