"""Whoever had a hand in a draft never confirms it: by person, whatever was written and how."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, cast

import pytest
from django.apps import apps

from criteria import actions
from criteria.actions import (
    copy_criteria_set,
    import_criteria_set,
    propose_criteria_set,
    publish_criteria_set,
    return_proposal,
    take_back_proposal,
)
from criteria.exchange import content_of
from criteria.models import CriteriaSet
from portal.core import clock
from portal.core.actor import Actor, acting_user
from portal.core.errors import Refused
from portal.core.web import office_url
from tests.access.preparing import PREPARATIONS
from tests.factories import World, client_of, make_draft, make_world

pytestmark = pytest.mark.django_db
SOURCE = "puxian-2023"
REFUSED = "没有参与编制的另一位主任或副主任"
# They change nothing of what a draft says; a discarded draft is confirmed by nobody.
NO_WRITING = {
    "add_category",
    "add_indicator",
    "amend_indicator",
    "retire_indicator",
    "discard_criteria_set",
    "publish_criteria_set",
    "return_proposal",
    "take_back_proposal",
    "withdraw_criteria_set",
}
WRITING = sorted(set(actions.__all__) - NO_WRITING)


@dataclass(frozen=True)
class Ground:
    """What the arguments of an action are made of."""

    world: World


@pytest.fixture
def world() -> World:
    return make_world()


def people(world: World) -> tuple[Actor, Actor, Actor]:
    """The clerk, the director and the deputy director of one office."""
    names = ("clerk", "office_director", "office_deputy_director")
    clerk, director, deputy = (world.actor(f"puxian.{name}") for name in names)
    return clerk, director, deputy


def copied(actor: Actor) -> CriteriaSet:
    """The next version, ready to be proposed."""
    row = copy_criteria_set(actor=actor, key=SOURCE, title="新标准")
    CriteriaSet.objects.filter(pk=row.pk).update(
        document_number="蒲政办发〔2026〕8号", effective_from=clock.today()
    )
    return row


def words(page: bytes) -> str:
    """A page without markup."""
    return re.sub(r"<[^>]+>|\s+", "", page.decode())


@pytest.mark.parametrize("name", WRITING)
def test_every_write_of_a_draft_names_its_person_for_good(world: World, name: str) -> None:
    clerk, _, deputy = people(world)
    arguments: dict[str, Any] = PREPARATIONS[f"criteria.{name}"](cast(Any, Ground(world)))
    earlier = acting_user(clerk).pk
    CriteriaSet.objects.filter(state="draft").update(editors=[earlier])
    done = getattr(actions, name)(actor=deputy, **arguments)
    began = name in {"create_criteria_set", "copy_criteria_set", "import_criteria_set"}
    row = CriteriaSet.objects.get(key=done.key if began else arguments["key"])
    before = [] if began else [earlier]
    assert row.editors == [*before, acting_user(deputy).pk]


def test_who_wrote_does_not_confirm_when_another_proposes_anew(world: World) -> None:
    """The director writes and proposes, the clerk takes it back and proposes it again."""
    clerk, director, deputy = people(world)
    row = copied(director)
    propose_criteria_set(actor=director, key=row.key, revision=0)
    take_back_proposal(actor=clerk, key=row.key)
    row = propose_criteria_set(actor=clerk, key=row.key, revision=0)
    assert row.editors == [acting_user(director).pk, acting_user(clerk).pk]
    with pytest.raises(Refused, match=REFUSED):
        publish_criteria_set(actor=director, key=row.key, revision=0)
    done = publish_criteria_set(actor=deputy, key=row.key, revision=0)
    assert done.state == "published"


def test_who_proposed_once_does_not_confirm_what_another_proposes(world: World) -> None:
    clerk, director, deputy = people(world)
    row = copied(clerk)
    propose_criteria_set(actor=director, key=row.key, revision=0)
    take_back_proposal(actor=clerk, key=row.key)
    propose_criteria_set(actor=clerk, key=row.key, revision=0)
    with pytest.raises(Refused, match=REFUSED):
        publish_criteria_set(actor=director, key=row.key, revision=0)
    publish_criteria_set(actor=deputy, key=row.key, revision=0)


def test_a_deputy_of_a_post_counts_as_the_person(world: World) -> None:
    clerk, director, deputy = people(world)
    lent = replace(deputy, user=clerk.user, name=clerk.name, deputy=True)
    row = copied(clerk)
    propose_criteria_set(actor=director, key=row.key, revision=0)
    with pytest.raises(Refused, match=REFUSED):
        publish_criteria_set(actor=lent, key=row.key, revision=0)
    publish_criteria_set(actor=deputy, key=row.key, revision=0)


def test_who_took_part_returns_and_is_told_on_the_page(world: World) -> None:
    clerk, director, deputy = people(world)
    row = copied(director)
    propose_criteria_set(actor=clerk, key=row.key, revision=0)
    said = "您参与了本标准的编制或提请，不能确认发布。"
    page = client_of(director).get(office_url(director, "criteria-set", row.key)).content
    assert f"{said}由{REFUSED}确认；需要修改的，请退回。" in words(page)
    assert f"/criteria/{row.key}/publish/".encode() not in page
    assert f"/criteria/{row.key}/return/".encode() in page
    answer = client_of(director).get(office_url(director, "criteria-publish", row.key))
    assert answer.status_code == 403
    assert said in words(answer.content)
    for other in (clerk, deputy):
        page = client_of(other).get(office_url(other, "criteria-set", row.key)).content
        assert said not in words(page)
    done = return_proposal(actor=director, key=row.key, revision=0, reason="请核对第二条。")
    assert (done.state, done.editors) == ("draft", [acting_user(d).pk for d in (director, clerk)])


def test_a_copy_or_a_file_that_another_takes_in_is_a_draft_of_their_own(world: World) -> None:
    clerk, director, _ = people(world)
    content = content_of(make_draft(world.offices["puxian"]))
    file = {"content": content, "name": "标准.json", "digest": "0" * 64}
    for make, arguments in (
        (copy_criteria_set, {"key": SOURCE, "title": "新标准"}),
        (import_criteria_set, file),
    ):
        first = make(actor=clerk, **arguments)  # type: ignore[operator]
        assert make(actor=clerk, **arguments) == first  # type: ignore[operator]
        second = make(actor=director, **arguments)  # type: ignore[operator]
        assert second != first
        assert second.editors == [acting_user(director).pk]


def test_drafts_from_before_name_whom_the_ledger_names(world: World) -> None:
    """The migration reads who wrote; who gave back or took back wrote nothing."""
    clerk, director, deputy = people(world)
    row, other = copied(director), make_draft(world.offices["xixian"])
    propose_criteria_set(actor=director, key=row.key, revision=0)
    return_proposal(actor=deputy, key=row.key, revision=0, reason="请核对第二条。")
    propose_criteria_set(actor=clerk, key=row.key, revision=0)
    CriteriaSet.objects.filter(pk=row.pk).update(editors=[])
    import_module("criteria.migrations.0004_editors_of_a_draft").name_editors(apps, None)
    row.refresh_from_db()
    other.refresh_from_db()
    assert row.editors == [acting_user(director).pk, acting_user(clerk).pk]
    assert other.editors == []
    with pytest.raises(Refused, match=REFUSED):
        publish_criteria_set(actor=director, key=row.key, revision=0)
