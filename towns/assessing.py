"""Stored assessments (评定结果): made from what was frozen on submission, not from today's.

One function makes them for one application and for many, so that there is one way to a stored
result: the frozen values and statements, the pinned criteria set, and the relaxations granted.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction

from criteria.assessment import Assessor, Origin, overall
from criteria.constants import Outcome, Status
from criteria.models import CriteriaSet
from criteria.queries import assessor_of
from criteria.scoring import points_given
from criteria.stored import to_json
from portal.core import clock
from towns.models import Application, AssessmentRecord, RelaxationRequest, Round

BATCH = 1000
FIELDS = (
    "application_id",
    "criteria_set_id",
    "revision",
    "verdicts",
    "met",
    "not_met",
    "priority",
    "outcome",
    "points",
    "computed_at",
)
# What says that a result differs from the one on record.
COMPARED = FIELDS[2:-1]
TABLE = AssessmentRecord._meta.db_table
GOOD = frozenset({Status.MET, Status.RELAXED})
BAD = frozenset({Status.NOT_MET, Status.MISSING})
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Frozen(NamedTuple):
    """An application as it was submitted: only what an assessment looks at."""

    pk: int
    criteria_set_id: int
    round_id: int
    category: str
    revision: int
    values: Mapping[str, str] | None
    answers: Mapping[str, str] | None
    origins: Mapping[str, Sequence[Any]] | None


class Asked(NamedTuple):
    """A criteria set ready to assess with, and the values it looks at."""

    assessor: Assessor
    figures: frozenset[str]


class Row(NamedTuple):
    """A stored assessment as it is written."""

    application_id: int
    criteria_set_id: int
    revision: int
    verdicts: dict[str, Any]
    met: int
    not_met: int
    priority: bool
    outcome: str
    points: Decimal | None
    computed_at: datetime


def assess_applications(
    ids: Iterable[int], progress: Callable[[int], None] | None = None
) -> tuple[int, int]:
    """Assess submitted applications and store the results: (assessed, differing from before).

    A thousand at a time, each batch in a transaction of its own with its applications locked, so
    that a resubmission is never overwritten by what was frozen before it. ``progress`` is told how
    many of ``ids`` are done.
    """
    rest = iter(ids)
    done = assessed = changed = 0
    while batch := list(islice(rest, BATCH)):
        with transaction.atomic():
            rows = list(_rows(batch))
            changed += _store(rows)
        done += len(batch)
        assessed += len(rows)
        if progress is not None:
            progress(done)
    return assessed, changed


def assess_round_from(
    call: Round, start: int, progress: Callable[[int, int], None]
) -> dict[str, int]:
    """Assess a round's submitted applications by ascending key, leaving out the first ``start``.

    What was submitted once stays submitted, so those before ``start`` are all done: an application
    that joins them meanwhile was assessed when it was submitted.
    """
    submitted = Application.objects.filter(round=call, submitted_at__isnull=False, trial=False)
    keys = list(submitted.order_by("pk").values_list("pk", flat=True))
    assessed, changed = assess_applications(
        keys[start:], lambda done: progress(start + done, len(keys))
    )
    return {"applications": len(keys), "assessed": assessed, "changed": changed}


def _rows(ids: Sequence[int]) -> Iterator[Row]:
    frozen = _frozen(ids)
    relaxed = _relaxed(ids)
    years = dict(
        Round.objects.filter(pk__in={row.round_id for row in frozen}).values_list(
            "pk", "figures_year"
        )
    )
    sets = CriteriaSet.objects.filter(pk__in={row.criteria_set_id for row in frozen})
    asked = {}
    for found in sets:
        assessor = assessor_of(found)
        asked[found.pk] = Asked(assessor, assessor.spec.figures)
    moment = clock.now()
    for row in frozen:
        yield _row(
            row,
            asked[row.criteria_set_id],
            relaxed.get(row.pk, ()),
            years[row.round_id],
            moment,
        )


def _frozen(ids: Sequence[int]) -> list[Frozen]:
    """Submitted applications, locked in the order of their keys; drafts have nothing frozen."""
    rows = (
        Application.objects.filter(pk__in=ids, submitted_at__isnull=False)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list(
            "pk",
            "criteria_set_id",
            "round_id",
            "category",
            "revision",
            "snapshot__values",
            "snapshot__answers",
            "snapshot__origins",
        )
    )
    return [Frozen._make(row) for row in rows]


def _relaxed(ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = RelaxationRequest.objects.filter(application_id__in=ids, granted=True)
    for application, condition in rows.values_list("application_id", "condition"):
        found[application].append(condition)
    return found


def _row(row: Frozen, asked: Asked, relaxed: Iterable[str], year: int, moment: datetime) -> Row:
    frozen, sources = row.values or {}, row.origins
    present = [key for key in asked.figures if key in frozen]
    if sources is None:
        # Submitted before sources were frozen with the values.
        origins = dict.fromkeys(present, Origin(year, "declared"))
    else:
        origins = {key: Origin(*sources[key]) for key in present}
    verdicts = asked.assessor.assess(
        row.category,
        {key: Decimal(frozen[key]) for key in present},
        answered=[key for key, text in (row.answers or {}).items() if text.strip()],
        relaxed=relaxed,
        origins=origins,
    )
    spec = asked.assessor.spec
    statuses = [verdict.status for verdict in verdicts]
    outcome = overall(verdicts) if spec.covers(row.category) else Outcome.NOT_COVERED
    return Row(
        row.pk,
        row.criteria_set_id,
        row.revision,
        to_json(verdicts),
        sum(status in GOOD for status in statuses),
        sum(status in BAD for status in statuses),
        any(verdict.priority for verdict in verdicts),
        outcome.value,
        points_given(spec, row.category, verdicts),
        moment,
    )


# --- writing --------------------------------------------------------------------------------------


def _store(rows: Sequence[Row]) -> int:
    """Write results that are new or differ; the number of them."""
    if not rows:
        return 0
    if connection.vendor == "postgresql" and len(rows) > 1:
        return _copy(rows)
    return _upsert(rows)


def _copy(rows: Sequence[Row]) -> int:
    """Into a temporary table by COPY, from there by one statement; every name is a constant."""
    columns = ", ".join(FIELDS)
    changing = FIELDS[2:]
    taken = ", ".join(f"{name} = EXCLUDED.{name}" for name in changing)
    old = ", ".join(f"old.{name}" for name in COMPARED)
    new = ", ".join(f"EXCLUDED.{name}" for name in COMPARED)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.assessed")
        cursor.execute(
            "CREATE TEMPORARY TABLE assessed ON COMMIT DROP AS "  # noqa: S608
            f"SELECT {columns} FROM {TABLE} LIMIT 0"
        )
        with cursor.copy(f"COPY assessed ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row((*row[:3], ENCODER.encode(row.verdicts), *row[4:]))
        cursor.execute(
            f"INSERT INTO {TABLE} AS old ({columns}) SELECT {columns} FROM assessed "  # noqa: S608
            f"ON CONFLICT (application_id, criteria_set_id) DO UPDATE SET {taken} "
            f"WHERE ({old}) IS DISTINCT FROM ({new})"
        )
        return int(cursor.rowcount)


def _upsert(rows: Sequence[Row]) -> int:
    """By the ORM, on any database."""
    standing = {
        row[:2]: row[2:]
        for row in AssessmentRecord.objects.filter(
            application_id__in=[row.application_id for row in rows]
        ).values_list("application_id", "criteria_set_id", *COMPARED)
    }
    differing = [row for row in rows if standing.get(row[:2]) != row[2:-1]]
    AssessmentRecord.objects.bulk_create(
        [AssessmentRecord(**row._asdict()) for row in differing],
        update_conflicts=True,
        unique_fields=["application", "criteria_set"],
        update_fields=FIELDS[2:],
    )
    return len(differing)
