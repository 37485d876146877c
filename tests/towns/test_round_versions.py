"""A round opens on the version in force on its first day, and keeps it whatever comes after."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from criteria.actions import (
    copy_criteria_set,
    propose_criteria_set,
    publish_criteria_set,
    withdraw_criteria_set,
)
from criteria.models import Condition, CriteriaSet
from criteria.queries import spec_of
from criteria.simulation_policies import may_simulate
from portal.core import clock
from portal.core.actor import Actor
from portal.core.formatting import cn_date
from portal.core.web import office_url
from reviews.chain import current_chain
from tests import scenario
from tests.factories import World, client_of, grant_town, make_draft, make_town, make_world
from towns.actions import open_round, start_application
from towns.models import Application, Round
from towns.queries import verdicts_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def second_version(world: World, start: date) -> CriteriaSet:
    """The county's next version: what it asks, shares apart, is ten times as high."""
    clerk, director = world.actor("puxian.clerk"), world.actor("puxian.office_director")
    row = copy_criteria_set(actor=clerk, key="puxian-2023", title="蒲县专业镇认定标准")
    CriteriaSet.objects.filter(pk=row.pk).update(
        document_number="蒲政办发〔2026〕8号", effective_from=start
    )
    amounts = Condition.objects.filter(criterion__criteria_set=row).exclude(indicator__unit="%")
    for condition in amounts:
        condition.threshold *= 10
        condition.save(update_fields=["threshold"])
    propose_criteria_set(actor=clerk, key=row.key, revision=0)
    return publish_criteria_set(actor=director, key=row.key, revision=0)


def call(actor: Actor, criteria_set: CriteriaSet, opens_on: date, key: str = "new") -> Round:
    """A round of the actor's office."""
    chain = current_chain("county")
    return open_round(
        actor=actor,
        criteria_set=criteria_set,
        chain=(chain.key, chain.version),
        key=key,
        title="2026年度县级专业镇申报",
        year=2026,
        figures_year=2025,
        opens_on=opens_on,
        closes_on=opens_on + timedelta(days=30),
    )


def said(actor: Actor, criteria_set: CriteriaSet, opens_on: date) -> str:
    """What stands beside the field of the criteria."""
    with pytest.raises(ValidationError) as error:
        call(actor, criteria_set, opens_on)
    return "".join(error.value.message_dict["criteria_set"])


def test_what_is_not_in_force_on_the_opening_day_says_what_to_do(world: World) -> None:
    director, today = world.actor("puxian.office_director"), clock.today()
    start = today + timedelta(days=20)
    first, second = CriteriaSet.objects.get(key="puxian-2023"), second_version(world, start)
    assert "尚未施行。请改选当时现行的版本" in said(director, second, today)
    assert "由第 2 版替代" in said(director, first, start)
    assert "请改选第 2 版" in said(director, first, start + timedelta(days=3))
    assert call(director, first, today, "this").criteria_set == first
    assert call(director, second, start, "next").criteria_set == second
    withdraw_criteria_set(actor=director, key=second.key, on=start, reason="文件废止")
    assert "不能再用于新批次" in said(director, second, start)


def test_a_withdrawal_from_a_later_day_stops_only_what_opens_from_then_on(world: World) -> None:
    director, today = world.actor("puxian.office_director"), clock.today()
    first, gone = CriteriaSet.objects.get(key="puxian-2023"), today + timedelta(days=20)
    withdraw_criteria_set(actor=director, key=first.key, on=gone, reason="文件废止")
    first.refresh_from_db()
    assert _offered(director) == ["第 1 版"]
    page = client_of(director).get(office_url(director, "round-new")).content.decode()
    assert f"自{cn_date(gone)}起撤回）" in page
    assert call(director, first, gone - timedelta(days=1), "before").criteria_set == first
    assert "撤回" in said(director, first, gone)
    assert may_simulate(director, first).ok
    with clock.at(gone):
        assert _offered(director) == []
        assert "已撤回" in may_simulate(director, first).reason


def test_a_set_of_another_kind_or_a_draft_opens_no_round(world: World) -> None:
    director, office = world.actor("puxian.office_director"), world.offices["puxian"]
    contest = make_draft(office, "contest", "published", version=1, kind="contest")
    assert "竞赛评选标准不能用于申报批次" in said(director, contest, clock.today())
    assert "请选择本级已发布的认定标准" in said(director, make_draft(office), clock.today())


def verdicts(application: Application) -> list[tuple[str, str]]:
    """How each criterion of an application stands now."""
    return [(row.key, row.status) for row in verdicts_of(application)]


def test_a_round_and_its_applications_keep_their_version(world: World) -> None:
    """The second version would fail what the first one met; nothing of the round changes."""
    round_, first = world.rounds["county"], CriteriaSet.objects.get(key="puxian-2023")
    begun = scenario.draft(world, "county", "puxian")
    before = verdicts(begun)
    second = second_version(world, clock.today())
    assert spec_of(second) != spec_of(first)
    for row in (Round.objects.get(pk=round_.pk), Application.objects.get(pk=begun.pk)):
        assert row.criteria_set == first
    assert verdicts(Application.objects.get(pk=begun.pk)) == before
    # One that is begun only now in the same round is judged by the round's version, too.
    later = _begin(world, round_)
    assert later.criteria_set == first
    assert call(world.actor("puxian.office_director"), second, clock.today()).criteria_set == second


def _begin(world: World, round_: Round) -> Application:
    town = make_town(world.regions["141033"], "蒲县核桃专业镇", "核桃", "agriculture")
    grant_town(world.actor("puxian.filer"), town)
    return start_application(actor=world.actor("puxian.filer"), town=town, call=round_)


def test_the_form_offers_the_version_in_force_first(world: World) -> None:
    director, today = world.actor("puxian.office_director"), clock.today()
    second_version(world, today + timedelta(days=20))
    assert _offered(director) == ["第 1 版", "第 2 版"]
    with clock.at(today + timedelta(days=20)):
        found: Any = _offered(director)
    assert found == ["第 2 版"]


def _offered(actor: Actor) -> list[str]:
    client = client_of(actor)
    form = client.get(office_url(actor, "round-new")).context["form"]
    return [row.version_label for row in form.fields["criteria_set"].queryset]
