"""The reference data arrives in the database as the fixtures have it, once."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from criteria.models import Condition, CriteriaSet, Criterion
from criteria.queries import spec_of
from portal.core.calendar import add_working_days, arrangement_published
from portal.core.models import Appointment, Office, Post, Region
from portal.workspace.loading import load_reference
from reviews.consulting_queries import divisions_for
from reviews.models import Duty
from subsidies.models import Clause, Policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded() -> dict[str, int]:
    """What the loader says is there."""
    return load_reference(settings.PORTAL_FIXTURES_DIR)


def test_every_region_has_its_office(loaded: dict[str, int]) -> None:
    kinds = list(Region.objects.values_list("kind", flat=True))
    assert [kinds.count(kind) for kind in ("province", "city", "county")] == [1, 11, 117]
    assert Office.objects.filter(kind="leading_group_office").count() == 129
    assert not Region.objects.filter(offices__isnull=True).exists()


def test_loading_again_changes_nothing(loaded: dict[str, int]) -> None:
    published = CriteriaSet.objects.get(key="province-2022").published_at
    assert load_reference(settings.PORTAL_FIXTURES_DIR) == loaded
    assert CriteriaSet.objects.get(key="province-2022").published_at == published


def test_offices_sit_where_the_documents_say(loaded: dict[str, int]) -> None:
    hosts = dict(
        Office.objects.filter(slug__in=["sx", "puxian", "yingxian", "fenyang"]).values_list(
            "slug", "host_unit"
        )
    )
    assert hosts == {
        "sx": "省工信厅",
        "puxian": "县工信局",
        "yingxian": "县工信局",
        "fenyang": "未载明",
    }


def test_posts_of_the_documents_have_no_holders(loaded: dict[str, int]) -> None:
    assert Post.objects.count() == 117
    assert not Appointment.objects.exists()
    assert (
        not Post.objects.filter(kind="member")
        .exclude(office__kind="member_unit")
        .exclude(unit__isnull=True)
        .exists()
    )


@pytest.mark.parametrize(
    ("key", "criteria", "conditions"),
    [("province-2022", 8, 4), ("puxian-2023", 8, 7), ("jincheng-2023", 1, 0)],
)
def test_criteria_sets_are_published_whole(
    loaded: dict[str, int], key: str, criteria: int, conditions: int
) -> None:
    criteria_set = CriteriaSet.objects.get(key=key)
    assert criteria_set.state == "published"
    assert len(spec_of(criteria_set).criteria) == criteria
    assert Condition.objects.filter(criterion__criteria_set=criteria_set).count() == conditions
    assert "权重" in " ".join(criteria_set.silent)


def test_the_database_refuses_to_change_published_criteria(loaded: dict[str, int]) -> None:
    with pytest.raises(DatabaseError, match="已发布"), transaction.atomic():
        CriteriaSet.objects.filter(key="province-2022").update(title="改")
    with pytest.raises(DatabaseError, match="已发布"), transaction.atomic():
        Criterion.objects.filter(criteria_set__key="province-2022").update(title="改")
    conditions = Condition.objects.filter(criterion__criteria_set__key="province-2022")
    with pytest.raises(DatabaseError, match="已发布"), transaction.atomic():
        conditions.update(threshold=0)
    with pytest.raises(DatabaseError, match="已发布"), transaction.atomic():
        conditions.delete()


def test_every_clause_arrives_with_its_policy(loaded: dict[str, int]) -> None:
    assert Clause.objects.count() == 114
    assert Clause.objects.filter(amount_stated=False).count() == 59
    states = {policy.key: policy.state_on(date(2026, 11, 22)) for policy in Policy.objects.all()}
    assert states["002"] == states["003"] == "已过期"
    assert states["001"] == "有效期未载明"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # Real notices: five working days, the first day counted, holidays and 调休 in between.
        (date(2024, 12, 9), date(2024, 12, 13)),
        (date(2025, 12, 18), date(2025, 12, 24)),
        (date(2025, 9, 29), date(2025, 10, 11)),
        (date(2026, 2, 12), date(2026, 2, 25)),
        (date(2026, 11, 23), date(2026, 11, 27)),
    ],
)
def test_working_days_follow_the_official_arrangement(
    loaded: dict[str, int], start: date, expected: date
) -> None:
    assert add_working_days(start, 5, first_day_counts=True) == expected


def test_a_year_without_an_arrangement_is_known_as_such(loaded: dict[str, int]) -> None:
    assert arrangement_published(2026)
    assert not arrangement_published(2027)


def test_the_division_of_work_is_loaded_as_printed(loaded: dict[str, int]) -> None:
    """A collective name stands for its units; a name without a seat keeps its row."""
    number = "晋政办发〔2022〕80号"
    rows = Duty.objects.filter(document=number, clause="三(一)").select_related("unit")
    printed = list(dict.fromkeys(rows.values_list("unit_name", flat=True)))
    assert printed[:4] == ["省工信厅", "省农业农村厅", "省文旅厅", "省发展改革委"]
    assert [row.role for row in rows][:4] == ["lead", "lead", "lead", "support"]
    assert rows.filter(unit_name="各市政府").count() == 11
    assert all(row.unit is not None and row.unit.parent_id for row in rows)
    jincheng = Duty.objects.filter(document="晋市政办〔2023〕39号")
    assert jincheng.count() == 99
    assert not jincheng.exclude(unit=None).exists()
    assert set(jincheng.values_list("role", flat=True)) == {"responsible"}
    office = Office.objects.get(slug="sx")
    assert {row.document for row in divisions_for(office)} == {number, "晋政办发〔2022〕81号"}
    assert loaded["duties"] == Duty.objects.count()
