"""100,000 applications of eight criteria, from what was frozen to stored results.

Every application has frozen figures of its own around the thresholds; every tenth has a relaxation
granted. What is measured reads, assesses and stores them all, the first time (every row is new) and
once more (nothing differs).
"""

from __future__ import annotations

import time

from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.queries import spec_of
from tests import scenario
from tests.benchmarks.data import analyse
from tests.benchmarks.measuring import Result
from tests.factories import make_world, multiply
from towns.assessing import BATCH, assess_applications
from towns.models import Application, AssessmentRecord, RelaxationRequest

COUNT = 100_000
NAMES = ("assess_100k", "assess_100k_again", "assess_100k_queries")


def make_applications(count: int) -> range:
    """Copies of an application that was filed with the real actions."""
    world = make_world()
    case = scenario.file(world, "county")
    application = Application.objects.get(pk=case.application_id)
    spec = spec_of(application.criteria_set)
    assert len(spec.criteria) == 8, len(spec.criteria)
    towns = multiply(application.town, count, name="'专业镇' || n")
    conditions = [row for criterion in spec.criteria for row in criterion.conditions]
    values = ", ".join(
        f"'{row.figure}', (({row.threshold} * (50 + (n * {7 + place}) % 100) / 100)::text)"
        for place, row in enumerate({row.figure: row for row in conditions}.values())
    )
    changed = f"(t.snapshot->'values') || jsonb_build_object({values})"
    applications = multiply(
        application,
        count,
        town_id=f"{towns.start - 1} + n",
        number="'BENCH-' || n",
        snapshot=f"jsonb_set(t.snapshot, '{{values}}', {changed})",
    )
    asked = RelaxationRequest.objects.create(
        application=application, condition=conditions[0].key, reason="理由", granted=True
    )
    multiply(asked, count // 10, application_id=f"{applications.start - 1} + n * 10")
    return applications


def run(names: frozenset[str]) -> list[Result]:
    """The first time in batches of a thousand, then once more."""
    ids = make_applications(COUNT)
    analyse()
    first = _rate(ids)
    stored = AssessmentRecord.objects.filter(application__in=Application.objects.all())
    if stored.count() != COUNT + 1 or len(set(stored.values_list("outcome", flat=True))) < 2:
        raise AssertionError("not every application has a result of its own")
    again = _rate(ids)
    with CaptureQueriesContext(connection) as seen:
        assess_applications(ids[:BATCH])
    return [
        Result("assess_100k", first, "applications/s"),
        Result("assess_100k_again", again, "applications/s", "assess_100k", again / first),
        Result("assess_100k_queries", len(seen), "queries per 1,000"),
    ]


def _rate(ids: range) -> float:
    begun = time.perf_counter()
    assess_applications(ids)
    return len(ids) / (time.perf_counter() - begun)
