"""Gapless numbers. One row with a lock inside the issuing transaction, never a SEQUENCE."""

from __future__ import annotations

from typing import Any

from portal.core import clock
from portal.core.documents.numbers import Number
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

    Numbers that were used or voided already, by whomever, are passed over: they have their row.
    """
    while True:
        year, serial = next_number(office, "document", word)
        if not _taken(word, year, serial):
            return year, serial


def coming_document_number(office: Office, word: str) -> tuple[int, int]:
    """The number that ``next_document_number`` would take now. Takes none."""
    year = clock.today().year
    named: dict[str, Any] = {"office": office, "kind": "document", "word": word, "year": year}
    last = NumberSeries.objects.filter(**named).values_list("last", flat=True).first()
    serial = (last or 0) + 1
    while _taken(word, year, serial):
        serial += 1
    return year, serial


def lock_document_series(office: Office, word: str, year: int) -> None:
    """Hold a series, so that nobody takes its next number until the transaction ends."""
    named: dict[str, Any] = {"office": office, "kind": "document", "word": word, "year": year}
    NumberSeries.objects.get_or_create(**named)
    NumberSeries.objects.select_for_update().get(**named)


def _taken(word: str, year: int, serial: int) -> bool:
    return DocumentNumber.objects.filter(text=Number(word, year, serial).text).exists()
