"""评定说明 of an application: live for a draft, the stored one once submitted."""

from __future__ import annotations

import pytest

from portal.core.web import office_url
from tests.factories import World, client_of, make_world
from tests.reviews.asking import get, text
from tests.scenario import draft, file
from towns.models import Application, AssessmentRecord, TownFigure

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def test_a_draft_is_explained_as_it_stands_and_says_so(world: World) -> None:
    application = draft(world, "province")
    filer = world.actor("puxian.filer")
    page = text(get(filer, "application-explanation", application.pk))
    assert "尚未提交，按当前数据评定" in page
    assert "申报内容摘要值" not in page
    output = TownFigure.objects.filter(
        town=application.town,
        indicator__key="output_value",
        year=application.round.figures_year,
    )
    output.update(value=999_999_999)
    changed = text(get(filer, "application-explanation", application.pk))
    assert "主导产业年产值再增加 1元即达到。" in changed
    assert "999,999,999元" in changed


def test_a_submitted_one_keeps_what_was_assessed(world: World) -> None:
    case = file(world, "province")
    application = case.application
    filer = world.actor("puxian.filer")
    before = text(get(filer, "application-explanation", application.pk))
    assert application.snapshot_sha256 in before
    assert application.number in before
    assert application.criteria_set.document_number in before
    TownFigure.objects.filter(town=application.town).update(value=1)
    after = text(get(filer, "application-explanation", application.pk))
    assert (
        after.split("总体情况")[1].split("</main>")[0]
        == (before.split("总体情况")[1].split("</main>")[0])
    )
    assert AssessmentRecord.objects.filter(application=application).count() == 1


def test_every_clause_stands_with_its_number_and_words(world: World) -> None:
    application = draft(world, "province")
    page = text(get(world.actor("puxian.filer"), "application-explanation", application.pk))
    for row in application.criteria_set.criteria.all():
        assert row.clause in page
        assert row.title in page


def test_a_category_that_the_set_does_not_name_is_said_so(world: World) -> None:
    application = draft(world, "province")
    Application.objects.filter(pk=application.pk).update(category="other")
    page = text(get(world.actor("puxian.filer"), "application-explanation", application.pk))
    assert "总体：类别不适用。" in page
    assert "怎样达到" not in page


def test_it_is_said_so_of_a_case_as_well(world: World) -> None:
    case = file(world, "province")
    Application.objects.filter(pk=case.application_id).update(category="other")
    for who, name, key in (
        ("puxian.filer", "application-explanation", case.application_id),
        ("sx.clerk", "case-explanation", case.pk),
        ("sx.clerk", "case", case.pk),
    ):
        page = text(get(world.actor(who), name, key))
        assert "总体：类别不适用。" in page, name
        assert "怎样达到" not in page, name


def test_strangers_find_no_explanation(world: World) -> None:
    application = draft(world, "province")
    for who in ("xixian.filer", "puxian.clerk", "sx.clerk"):
        actor = world.actor(who)
        address = office_url(actor, "application-explanation", application.pk)
        assert client_of(actor).get(address).status_code == 404, who
