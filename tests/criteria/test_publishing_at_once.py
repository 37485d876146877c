"""Two people at the same moment: HTTP requests on two connections, on PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from criteria.actions import copy_criteria_set, propose_criteria_set
from criteria.models import Condition, CriteriaSet
from portal.core import clock
from portal.core.actor import Actor
from portal.core.models import LedgerEntry, Notification
from portal.core.web import office_url
from tests.factories import World, make_indicator, make_world
from tests.test_concurrency import pages, post_at_once

pytestmark = pytest.mark.django_db(transaction=True)
DIRECTORS = ("puxian.office_director", "puxian.office_deputy_director")


@pytest.fixture
def world() -> World:
    return make_world()


def proposed(world: World, title: str = "新标准") -> CriteriaSet:
    """The county's next version, waiting for a second person."""
    clerk = world.actor("puxian.clerk")
    row = copy_criteria_set(actor=clerk, key="puxian-2023", title=title)
    CriteriaSet.objects.filter(pk=row.pk).update(
        document_number="蒲政办发〔2026〕8号", effective_from=clock.today()
    )
    return propose_criteria_set(actor=clerk, key=row.key, revision=0)


def request(actor: Actor, name: str, row: CriteriaSet, **data: Any) -> tuple[Actor, str, Any]:
    """A request as ``post_at_once`` sends it."""
    return actor, office_url(actor, name, row.key), {"revision": row.revision, **data}


def test_two_people_confirm_one_proposal(world: World) -> None:
    row = proposed(world)
    answers = post_at_once(
        row.region,
        [request(world.actor(who), "criteria-publish", row, compared="on") for who in DIRECTORS],
    )
    row.refresh_from_db()
    assert (row.state, row.version) == ("published", 2)
    verbs = LedgerEntry.objects.filter(chain=f"criteria.criteriaset:{row.pk}")
    assert verbs.filter(verb="publish_criteria_set").count() == 1
    late = [page for page in pages(answers) if "无需重复办理" in page]
    assert len(late) == 1
    assert f"已由{row.published_name}确认发布为第2版" in late[0]
    told = Notification.objects.filter(kind="criteria-published", office=world.offices["sx"])
    assert told.count() == 1


def test_two_proposals_of_one_line_take_two_versions(world: World) -> None:
    rows = [proposed(world), proposed(world, "另一标准")]
    post_at_once(
        rows[0].region,
        [
            request(world.actor(who), "criteria-publish", row, compared="on")
            for who, row in zip(DIRECTORS, rows, strict=True)
        ],
    )
    published = CriteriaSet.objects.filter(pk__in=[row.pk for row in rows], state="published")
    assert set(published.values_list("version", flat=True)) == {2, 3}


def test_a_confirmation_and_a_return_at_once_are_one_decision(world: World) -> None:
    row = proposed(world)
    first, second = (world.actor(who) for who in DIRECTORS)
    post_at_once(
        row,
        [
            request(first, "criteria-publish", row, compared="on"),
            request(second, "criteria-return", row, reason="请核对产值标准"),
        ],
        allowed=frozenset({200, 403, 409}),
    )
    row.refresh_from_db()
    done = LedgerEntry.objects.filter(chain=f"criteria.criteriaset:{row.pk}").latest("seq")
    assert (row.state, done.verb) in {
        ("published", "publish_criteria_set"),
        ("draft", "return_proposal"),
    }


def test_a_proposal_never_holds_what_another_is_still_writing(world: World) -> None:
    """Either the editor was first and the proposer looks again, or the draft is closed to her."""
    clerk, director = world.actor("puxian.clerk"), world.actor(DIRECTORS[0])
    row = copy_criteria_set(actor=clerk, key="puxian-2023", title="新标准")
    CriteriaSet.objects.filter(pk=row.pk).update(
        document_number="蒲政办发〔2026〕8号", effective_from=clock.today()
    )
    criterion = row.criteria.earliest("ordinal")
    post_at_once(
        row,
        [
            request(clerk, "criteria-propose", row),
            (
                director,
                office_url(director, "criterion-move", row.key, criterion.key),
                {"way": "down", "seen": criterion.ordinal},
            ),
        ],
        allowed=frozenset({200, 403, 409, 422}),
    )
    row.refresh_from_db()
    assert (row.state, row.revision) in {("proposed", 0), ("draft", 1), ("draft", 0)}
    if row.state == "proposed":
        assert row.criteria.earliest("ordinal") == criterion


@pytest.mark.parametrize("step", ["criteria-propose", "criteria-publish"])
def test_an_indicator_is_never_renamed_under_a_proposal(world: World, step: str) -> None:
    """Renamed before it was proposed, or not at all: both wait for the indicator's row."""
    clerk, director = world.actor("puxian.clerk"), world.actor(DIRECTORS[0])
    indicator = make_indicator(world.offices["puxian"])
    row = copy_criteria_set(actor=clerk, key="puxian-2023", title="新标准")
    CriteriaSet.objects.filter(pk=row.pk).update(
        document_number="蒲政办发〔2026〕8号", effective_from=clock.today()
    )
    used = Condition.objects.filter(criterion__criteria_set=row).earliest("pk")
    Condition.objects.filter(pk=used.pk).update(indicator=indicator)
    first = request(clerk, "criteria-propose", row)
    if step == "criteria-publish":
        row = propose_criteria_set(actor=clerk, key=row.key, revision=0)
        first = request(director, "criteria-publish", row, compared="on")
    edit = office_url(clerk, "indicator-edit", indicator.key)
    post_at_once(
        indicator,
        [first, (clerk, edit, {"name": "另一名称", "type": "count", "unit": "户",
                               "decimals": "0", "year_rule": "latest", "minimum": "0"})],
        allowed=frozenset({200, 422}),
    )  # fmt: skip
    row.refresh_from_db()
    indicator.refresh_from_db()
    verbs = list(LedgerEntry.objects.filter(
        verb__in=("propose_criteria_set", "amend_indicator")
    ).order_by("pk").values_list("verb", flat=True))  # fmt: skip
    assert row.state == ("proposed" if step == "criteria-propose" else "published")
    if indicator.name == "另一名称":
        assert (step, verbs) == ("criteria-propose", ["amend_indicator", "propose_criteria_set"])
    else:
        assert verbs == ["propose_criteria_set"]


def test_keys_of_drafts_made_at_once_differ(world: World) -> None:
    clerk, director = world.actor("puxian.clerk"), world.actor(DIRECTORS[0])
    url = {who: office_url(who, "criteria-copy", "puxian-2023") for who in (clerk, director)}
    post_at_once(
        world.offices["puxian"].region,
        [(clerk, url[clerk], {"title": "甲标准"}), (director, url[director], {"title": "乙标准"})],
    )
    made = CriteriaSet.objects.filter(state="draft", copied_from__key="puxian-2023")
    assert len({row.key for row in made}) == 2
    assert connection.vendor == "postgresql"
