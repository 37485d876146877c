"""From a copy to a published version and its withdrawal; who is told; what stands on which day."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from criteria.actions import (
    copy_criteria_set,
    discard_criteria_set,
    propose_criteria_set,
    publish_criteria_set,
    return_proposal,
    take_back_proposal,
    withdraw_criteria_set,
)
from criteria.exchange import IDENTITY, content_of, digest_of
from criteria.models import CriteriaSet, Criterion
from criteria.queries import latest_in_force
from criteria.standing import STANDINGS, standing, standing_as, standings
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import LEVELS
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry, Notification
from tests.factories import SLUGS, World, make_draft, make_world

pytestmark = pytest.mark.django_db

SOURCE = "puxian-2023"
REST = ("document_number", "issued_on", "effective_from", "effective_to")


@pytest.fixture
def world() -> World:
    return make_world()


def next_version(world: World, slug: str = "puxian", source: str = SOURCE, **fields: Any) -> str:
    """A copy of a set with its own document, ready to be proposed; its key."""
    row = copy_criteria_set(actor=world.actor(f"{slug}.clerk"), key=source, title="新标准")
    values = {
        "document_number": "蒲政办发〔2026〕8号",
        "document_title": "管理办法",
        "effective_from": clock.today(),
    }
    CriteriaSet.objects.filter(pk=row.pk).update(**(values | fields))
    return row.key


def publish(world: World, key: str, slug: str = "puxian") -> CriteriaSet:
    """Propose by the clerk, confirm by the director."""
    revision = CriteriaSet.objects.get(key=key).revision
    propose_criteria_set(actor=world.actor(f"{slug}.clerk"), key=key, revision=revision)
    return publish_criteria_set(
        actor=world.actor(f"{slug}.office_director"), key=key, revision=revision
    )


def entries(row: CriteriaSet) -> list[str]:
    """The verbs of the set's chain."""
    chain = f"criteria.criteriaset:{row.pk}"
    return list(
        LedgerEntry.objects.filter(chain=chain).order_by("seq").values_list("verb", flat=True)
    )


# --- drafts --------------------------------------------------------------------------------------


def test_a_copy_says_the_same_but_for_its_document(world: World) -> None:
    source = CriteriaSet.objects.get(key=SOURCE)
    row = copy_criteria_set(actor=world.actor("puxian.clerk"), key=SOURCE, title="新标准")
    assert (row.state, row.version, row.copied_from) == ("draft", 0, source)
    skipped = {*IDENTITY, *REST, "title"}
    before, after = content_of(source), content_of(row)
    assert {k: v for k, v in before.items() if k not in skipped} == {
        k: v for k, v in after.items() if k not in skipped
    }
    assert after["document_title"] == before["document_title"]
    assert [after[name] for name in REST] == ["", None, None, None]
    assert entries(row) == ["copy_criteria_set"]


def test_a_set_of_another_level_is_a_starting_point(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    row = copy_criteria_set(actor=clerk, key="province-2022", title="蒲县标准")
    assert (row.level, row.region.code) == ("county", "141033")
    assert row.copied_from is not None
    assert row.copied_from.key == "province-2022"
    assert (row.document_title, row.scope_clause) == ("", "")
    assert row.criteria.count() == Criterion.objects.filter(criteria_set=row.copied_from).count()


def test_copying_twice_makes_one_draft_until_it_is_changed(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    first = copy_criteria_set(actor=clerk, key=SOURCE, title="新标准")
    assert copy_criteria_set(actor=clerk, key=SOURCE, title="新标准") == first
    CriteriaSet.objects.filter(pk=first.pk).update(revision=1)
    second = copy_criteria_set(actor=clerk, key=SOURCE, title="新标准")
    assert second != first
    assert first.key.rpartition("-")[0] == second.key.rpartition("-")[0]
    assert {first.key.rpartition("-")[2], second.key.rpartition("-")[2]} == {"1", "2"}


def test_a_draft_of_another_office_is_not_there_to_be_copied(world: World) -> None:
    draft = make_draft(world.offices["xixian"])
    with pytest.raises(CriteriaSet.DoesNotExist):
        copy_criteria_set(actor=world.actor("puxian.clerk"), key=draft.key, title="新标准")


def test_a_discarded_draft_leaves_its_digest_and_never_its_key(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    key = next_version(world)
    row = CriteriaSet.objects.get(key=key)
    digest = digest_of(content_of(row))
    with pytest.raises(Stale):
        discard_criteria_set(actor=clerk, key=key, revision=row.revision + 1)
    discard_criteria_set(actor=clerk, key=key, revision=row.revision)
    assert not CriteriaSet.objects.filter(key=key).exists()
    kept = LedgerEntry.objects.get(verb="discard_criteria_set")
    assert digest in kept.payload
    assert next_version(world) != key


def test_what_was_published_is_not_discarded(world: World) -> None:
    with pytest.raises(Refused, match="复制为新版本"):
        discard_criteria_set(actor=world.actor("puxian.clerk"), key=SOURCE, revision=0)


# --- proposing and confirming --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("document_number", "", "发文字号"),
        ("document_title", "", "依据文件的名称"),
        ("effective_from", None, "施行日期"),
        ("effective_from", date(2020, 1, 1), "早于它所替代的第 1 版的施行日期"),
        ("effective_to", date(2020, 1, 1), "失效日期早于施行日期"),
    ],
)
def test_what_a_proposal_needs(world: World, field: str, value: Any, words: str) -> None:
    key = next_version(world, **{field: value})
    with pytest.raises(ValidationError) as said:
        propose_criteria_set(actor=world.actor("puxian.clerk"), key=key, revision=0)
    assert words in "".join(said.value.messages)
    assert CriteriaSet.objects.get(key=key).state == "draft"


def test_a_set_without_criteria_is_not_proposed(world: World) -> None:
    draft = make_draft(world.offices["puxian"])
    criterion = draft.criteria.get()
    criterion.conditions.all().delete()
    criterion.delete()
    with pytest.raises(ValidationError, match="还没有认定条件"):
        propose_criteria_set(actor=world.actor("puxian.clerk"), key=draft.key, revision=0)


def test_who_proposed_does_not_confirm(world: World) -> None:
    director, key = world.actor("puxian.office_director"), next_version(world)
    propose_criteria_set(actor=director, key=key, revision=0)
    for act in (publish_criteria_set, return_proposal):
        more = {"reason": "请修改"} if act is return_proposal else {}
        with pytest.raises(Refused, match="须由两人办理"):
            act(actor=director, key=key, revision=0, **more)  # type: ignore[operator]
    done = publish_criteria_set(
        actor=world.actor("puxian.office_deputy_director"), key=key, revision=0
    )
    assert (done.state, done.version) == ("published", 2)


def test_publication_gives_the_next_version_and_pins_the_content(world: World) -> None:
    done = publish(world, next_version(world))
    assert (done.version, done.version_label) == (2, "第 2 版")
    assert done.content_sha256 == digest_of(content_of(done))
    assert entries(done) == ["copy_criteria_set", "propose_criteria_set", "publish_criteria_set"]
    director = world.actor("puxian.office_director")
    with pytest.raises(Stale, match="无需重复办理"):
        publish_criteria_set(actor=director, key=done.key, revision=done.revision)
    assert publish(world, next_version(world, source=done.key)).version == 3


def test_a_proposal_is_taken_back_or_returned(world: World) -> None:
    clerk, director = world.actor("puxian.clerk"), world.actor("puxian.office_director")
    key = next_version(world)
    propose_criteria_set(actor=clerk, key=key, revision=0)
    take_back_proposal(actor=clerk, key=key)
    propose_criteria_set(actor=clerk, key=key, revision=0)
    with pytest.raises(ValidationError, match="请写明退回修改的意见"):
        return_proposal(actor=director, key=key, revision=0, reason=" ")
    row = return_proposal(actor=director, key=key, revision=0, reason="产值标准与文件不符。")
    assert (row.state, row.return_reason) == ("draft", "产值标准与文件不符。")
    told = Notification.objects.filter(office=world.offices["puxian"])
    assert [item.kind for item in told] == [
        "criteria-returned", "criteria-proposed", "criteria-proposed",
    ]  # fmt: skip
    propose_criteria_set(actor=clerk, key=key, revision=0)
    assert CriteriaSet.objects.get(key=key).return_reason == ""


def test_a_proposal_that_has_changed_since_it_was_read_is_not_confirmed(world: World) -> None:
    key = next_version(world)
    propose_criteria_set(actor=world.actor("puxian.clerk"), key=key, revision=0)
    with pytest.raises(Stale):
        publish_criteria_set(actor=world.actor("puxian.office_director"), key=key, revision=7)


# --- withdrawing ---------------------------------------------------------------------------------


def test_withdrawal_says_why_and_from_when(world: World) -> None:
    director, today = world.actor("puxian.office_director"), clock.today()
    with pytest.raises(Refused, match="主任、副主任"):
        withdraw_criteria_set(
            actor=world.actor("puxian.clerk"), key=SOURCE, on=today, reason="废止"
        )
    with pytest.raises(ValidationError) as said:
        withdraw_criteria_set(actor=director, key=SOURCE, on=date(2001, 1, 1), reason="废止")
    assert list(said.value.message_dict) == ["on"]
    with pytest.raises(ValidationError) as said:
        withdraw_criteria_set(actor=director, key=SOURCE, on=today, reason="")
    assert list(said.value.message_dict) == ["reason"]
    row = withdraw_criteria_set(actor=director, key=SOURCE, on=today, reason="文件废止。")
    assert standing(row).key == "withdrawn"
    with pytest.raises(Stale, match=r"已由.+撤回"):
        withdraw_criteria_set(actor=director, key=SOURCE, on=today, reason="文件废止。")


# --- standing ------------------------------------------------------------------------------------


def test_a_version_is_superseded_on_the_day_of_the_next(world: World) -> None:
    first, today = CriteriaSet.objects.get(key=SOURCE), clock.today()
    second = publish(world, next_version(world, effective_from=today + timedelta(days=10)))
    assert standing(second).key == "coming"
    assert standing(first).in_force
    later = standing(first, today + timedelta(days=10))
    assert (later.key, later.day, later.by) == ("superseded", second.effective_from, second)
    assert standing(second, today + timedelta(days=10)).key == "unstated"


def test_standing_is_the_same_in_the_database_and_in_force(world: World) -> None:
    """Sixty lines of three versions whose days fall as they will, looked at on every day."""
    chance, day = Random(4), clock.today()

    def moment(*choices: int | None) -> date | None:
        days = chance.choice(choices)
        return None if days is None else day + timedelta(days=days)

    lines = [(slug, level) for slug in SLUGS.values() for level in LEVELS if slug in world.offices]
    for place, (slug, level) in enumerate(lines * 3):
        for version in (1, 2, 3):
            gone = moment(None, None, -2, 0, 1)
            CriteriaSet.objects.create(
                key=f"line-{place}-{version}",
                kind=("certification", "evaluation", "contest")[place // len(lines)],
                region=world.offices[slug].region,
                level=level,
                title="标准",
                version=version + 7,
                state="published" if gone is None else "withdrawn",
                effective_from=moment(None, -3, -1, 0, 1, 2),
                effective_to=moment(None, -2, -1, 0, 3),
                withdrawn_on=gone,
            )
    seen: set[str] = set()
    for kind, step in product(("evaluation", "contest"), range(-3, 4)):
        rows, at = CriteriaSet.objects.filter(kind=kind), day + timedelta(days=step)
        found = standings(rows, at)
        in_force = {pk for pk, row in found.items() if row.in_force}
        assert in_force == {row.pk for row in latest_in_force(rows, at).values()}, at
        for key in STANDINGS:
            asked = set(standing_as(rows, key, at).values_list("pk", flat=True))
            assert asked == {pk for pk, row in found.items() if row.key == key}, (key, at)
        seen |= {row.key for row in found.values()}
    assert seen == set(STANDINGS) - {"draft", "proposed"}


# --- who is told ---------------------------------------------------------------------------------


def told(kind: str) -> dict[str, str]:
    """The offices that were told, and what."""
    return dict(Notification.objects.filter(kind=kind).values_list("office__slug", "text"))


def test_publication_tells_whom_it_concerns_once(world: World) -> None:
    publish(world, next_version(world, "linfen", "province-2022"), "linfen")
    rows = told("criteria-published")
    assert set(rows) == {"sx", "linfen", "puxian", "xixian", "puxian-filing", "xixian-filing"}
    assert "正在填报的申报仍按其批次所列的版本办理" in rows["puxian-filing"]
    assert "新设的批次按本版办理" in rows["puxian"]
    assert all("蒲政办发〔2026〕8号《管理办法》" in text for text in rows.values())


def test_withdrawal_tells_the_same_offices(world: World) -> None:
    director = world.actor("puxian.office_director")
    withdraw_criteria_set(actor=director, key=SOURCE, on=clock.today(), reason="文件废止。")
    assert set(told("criteria-withdrawn")) == {"sx", "linfen", "puxian", "puxian-filing"}
    assert "原因：文件废止。" in told("criteria-withdrawn")["puxian"]


def test_a_contest_concerns_the_units_of_towns_of_that_level(world: World) -> None:
    key = next_version(world)
    CriteriaSet.objects.filter(key=key).update(kind="contest")
    publish(world, key)
    assert "puxian-filing" not in told("criteria-published")


def _everybody(world: World) -> list[Actor]:
    return [world.actor(f"puxian.{kind}") for kind in ("leader", "signer", "filer", "expert")]


def test_nobody_else_writes(world: World) -> None:
    key = next_version(world)
    for actor in _everybody(world):
        for act, more in (
            (copy_criteria_set, {"title": "新"}),
            (withdraw_criteria_set, {"on": clock.today(), "reason": "废止"}),
        ):
            with pytest.raises(Refused):
                act(actor=actor, key=SOURCE, **more)
        with pytest.raises((Refused, CriteriaSet.DoesNotExist)):
            propose_criteria_set(actor=actor, key=key, revision=0)
