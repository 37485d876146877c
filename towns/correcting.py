"""What a return (退回补正) asked for, and which fields of an application can change now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.utils import timezone

from criteria.queries import spec_of
from portal.core import clock
from portal.core.formatting import cn_date
from towns.declared import Asked, Field, differs, fields_of, read, with_sources
from towns.figure_queries import asked_indicators
from towns.models import Application, Correction, CorrectionItem, Submission

YEARS = 3


def declared_fields(application: Application) -> tuple[Field, ...]:
    """Every field of the declaration of an application, in the order of its task list."""
    latest = application.round.figures_year
    years = tuple(range(latest, latest - YEARS, -1))
    asked = [Asked(row.key, row.name) for row in asked_indicators(application.town, years)]
    return fields_of(spec_of(application.criteria_set), asked, years)


def held_correction(application: Application) -> Correction | None:
    """The same as ``open_correction``, read once for all that a page asks of this instance."""
    found = open_correction(application) if application.revision else None
    application.held_correction = found  # type: ignore[attr-defined]
    return found


def open_correction(application: Application) -> Correction | None:
    """The correction that is asked for now, with its items."""
    if hasattr(application, "held_correction"):
        held: Correction | None = application.held_correction
        return held
    items = list(
        CorrectionItem.objects.filter(
            correction__application=application, correction__resolved_at__isnull=True
        )
        .select_related("correction__office")
        .order_by("pk")
    )
    if not items:
        return None
    # A return names at least one field: one query reads it with all that it names.
    correction: Correction = items[0].correction
    correction._prefetched_objects_cache = {"items": items}  # type: ignore[attr-defined]
    return correction


def unlocked_paths(application: Application) -> frozenset[str] | None:
    """The fields that can change now; None while all of them can."""
    correction = open_correction(application) if application.revision else None
    if correction is None:
        return None
    return with_sources(item.path for item in correction.items.all())


def asked_by_section(
    correction: Correction, fields: Iterable[Field]
) -> dict[str, list[CorrectionItem]]:
    """What is asked for of each section, in the order of the task list; others are not named."""
    items = {item.path: item for item in correction.items.all()}
    found: dict[str, list[CorrectionItem]] = {}
    for field in fields:
        if field.path in items:
            found.setdefault(field.section, []).append(items[field.path])
    return found


def is_overdue(correction: Correction, day: date | None = None) -> bool:
    """Whether the term has passed without an answer, or the answer came after it (逾期补正)."""
    if correction.due_on is None:
        return False
    answered = correction.resolved_at
    last = timezone.localdate(answered) if answered else day or clock.today()
    return last > correction.due_on


class Answered(NamedTuple):
    """A field that was asked for, as it stood before and after; ``changed`` where it differs."""

    item: CorrectionItem
    before: Any
    after: Any
    changed: bool


class Ask(NamedTuple):
    """A round of return: what was asked for, and the submission that answered it.

    ``ordinal``: the first, second ... return. ``answer`` is None while it is awaited and where the
    application was taken back instead.
    """

    ordinal: int
    correction: Correction
    before: Mapping[str, Any]
    answer: Submission | None
    rows: tuple[Answered, ...]

    @property
    def overdue(self) -> bool:
        """Whether it is, or was answered, after its term."""
        return is_overdue(self.correction)

    @property
    def withdrawn(self) -> bool:
        """Whether it was closed without a submission."""
        return self.answer is None and self.correction.resolved_at is not None


def asks_of(application: Application) -> list[Ask]:
    """Every round of return of an application, first first, with old and new of what was asked."""
    corrections = list(
        Correction.objects.filter(application=application)
        .select_related("office")
        .prefetch_related("items")
        .order_by("pk")
    )
    if not corrections:
        return []
    submitted = {row.revision: row for row in Submission.objects.filter(application=application)}
    return [_ask(n, row, submitted) for n, row in enumerate(corrections, start=1)]


def _ask(ordinal: int, correction: Correction, submitted: Mapping[int, Submission]) -> Ask:
    first = submitted.get(correction.revision)
    answer = submitted.get(correction.revision + 1) if correction.resolved_at else None
    before: Mapping[str, Any] = first.snapshot if first else {}
    after: Mapping[str, Any] | None = answer.snapshot if answer else None
    rows = []
    for item in correction.items.all():
        old = read(before, item.path)
        new = read(after, item.path) if after is not None else None
        rows.append(Answered(item, old, new, after is not None and differs(old, new)))
    return Ask(ordinal, correction, before, answer, tuple(rows))


def asked_words(correction: Correction) -> str:
    """What was asked, in short: 要求补正 3 项，2026年12月4日前补正."""
    count = correction.items.count()
    term = f"，{cn_date(correction.due_on)}前补正" if correction.due_on else ""
    return f"要求补正 {count} 项{term}"


def asked_data(correction: Correction) -> dict[str, Any]:
    """What was asked, for the ledger."""
    rows = correction.items.values_list("path", "label", "reason")
    return {
        "corrections": [
            {"path": path, "label": label, "reason": reason} for path, label, reason in rows
        ],
        "days": correction.days,
        "due_on": str(correction.due_on) if correction.due_on else None,
    }


def rounds_of_return(application: Application) -> int:
    """How often the application was returned."""
    return Correction.objects.filter(application=application).count()
