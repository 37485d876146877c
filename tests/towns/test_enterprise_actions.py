"""Writes about enterprises: joining again, roles, amendments, ends, renames; who may, and when."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.errors import Refused, Stale
from portal.core.ledger import chain_of
from portal.core.models import LedgerEntry
from tests.factories import World, uscc
from towns.actions import (
    add_member,
    amend_member,
    change_role,
    end_membership,
    rename_enterprise,
)
from towns.models import Enterprise, EnterpriseName, Membership, Town

pytestmark = pytest.mark.django_db
CODE = uscc(601)
NAME = "蒲县肉牛有限公司"
JOINED, MOVED, LEFT = date(2023, 1, 1), date(2024, 7, 1), date(2025, 3, 1)
TOMORROW = clock.today() + timedelta(days=1)


@pytest.fixture
def town(world: World) -> Town:
    """Pu county's town."""
    return world.towns["puxian"]


@pytest.fixture
def seat(world: World, town: Town) -> Membership:
    """An enterprise that joined it."""
    return add(world, town, since=JOINED)


def add(world: World, town: Town, who: str = "puxian.filer", **fields: object) -> Membership:
    """Enter the enterprise into a town."""
    given = {"uscc": CODE, "name": NAME, "entity": "enterprise", "role": "backbone", **fields}
    return add_member(actor=world.actor(who), town=town, **given)  # type: ignore[arg-type]


def told(error: pytest.ExceptionInfo[ValidationError]) -> dict[str, str]:
    """The sentences by field."""
    return {name: found[0] for name, found in error.value.message_dict.items()}


def last_entry(town: Town) -> LedgerEntry:
    """The last entry of the town's chain."""
    return LedgerEntry.objects.filter(chain=chain_of(town)).latest("seq")


# --- joining, and joining again -------------------------------------------------------------------


def test_code_known_under_another_name_says_which(
    world: World, town: Town, seat: Membership, browse
) -> None:
    with pytest.raises(ValidationError) as error:
        add(world, world.towns["xixian"], "xixian.filer", name="蒲县牛业有限公司")
    assert f"该代码已登记为“{NAME}”" in told(error)["name"]
    EnterpriseName.objects.create(enterprise=seat.enterprise, name="老牛厂", valid_to=MOVED)
    with pytest.raises(ValidationError) as error:
        add(world, world.towns["xixian"], "xixian.filer", name="老牛厂")
    assert f"“老牛厂”是该企业的曾用名，现名为“{NAME}”" in told(error)["name"]
    with pytest.raises(ValidationError) as error:
        add(world, world.towns["xixian"], "xixian.filer", entity="farm")
    assert "该代码已登记为“企业”" in told(error)["entity"]
    typed = {"uscc": CODE, "name": "蒲县牛业有限公司", "entity": "enterprise", "role": "leading"}
    page = browse("puxian.filer").post("member-add", town.pk, data=typed)
    assert page.status_code == 422 and "办理更名" in page.text
    assert f"enterprises/{seat.enterprise_id}/rename/" in page.text
    stranger = browse("xixian.filer").post("member-add", world.towns["xixian"].pk, data=typed)
    assert stranger.status_code == 422
    assert "/rename/" not in stranger.text
    assert 'value="蒲县牛业有限公司"' in stranger.text


def test_twice_is_one_membership(world: World, town: Town, seat: Membership) -> None:
    with pytest.raises(ValidationError) as error:
        add(world, town)
    assert "无需重复添加" in told(error)["uscc"]
    assert Membership.objects.filter(town=town, enterprise=seat.enterprise).count() == 1


def test_it_joins_again_after_it_left(world: World, town: Town, seat: Membership) -> None:
    end_membership(
        actor=world.actor("puxian.filer"),
        town=town,
        membership_id=seat.pk,
        on=LEFT,
        reason="停产",
    )
    with pytest.raises(ValidationError) as error:
        add(world, town, since=LEFT - timedelta(days=1))
    assert "日期不能早于这一天" in told(error)["since"]
    again = add(world, town, role="supporting")
    assert (again.since, again.role) == (clock.today(), "supporting")
    assert last_entry(town).summary.startswith("重新登记企业")
    seat.refresh_from_db()
    assert (seat.until, seat.end_reason) == (LEFT, "停产")


def test_it_does_not_join_in_the_future(world: World, town: Town) -> None:
    with pytest.raises(ValidationError) as error:
        add(world, town, since=TOMORROW)
    assert told(error) == {"since": "日期不能晚于今天。"}
    assert not Enterprise.objects.filter(uscc=CODE).exists()


# --- roles ----------------------------------------------------------------------------------------


def test_a_new_role_ends_the_old_row(world: World, town: Town, seat: Membership) -> None:
    filer = world.actor("puxian.filer")
    found = change_role(actor=filer, town=town, membership_id=seat.pk, role="leading", on=MOVED)
    rows = Membership.objects.filter(enterprise=seat.enterprise).order_by("since")
    assert [(row.role, row.since, row.until) for row in rows] == [
        ("backbone", JOINED, MOVED),
        ("leading", MOVED, None),
    ]
    assert list(Membership.objects.on(MOVED - timedelta(days=1)).filter(enterprise=seat.enterprise)
                .values_list("role", flat=True)) == ["backbone"]  # fmt: skip
    entry = last_entry(town)
    assert (entry.verb, json.loads(entry.before), json.loads(entry.after)) == (
        "change_role",
        {"role": "backbone"},
        {"role": "leading"},
    )
    assert entry.audience == "filer" and entry.scope_code == town.scope_code
    with pytest.raises(Stale):
        change_role(actor=filer, town=town, membership_id=seat.pk, role="leading", on=MOVED)
    with pytest.raises(ValidationError, match="无需变更"):
        change_role(actor=filer, town=town, membership_id=found.pk, role="leading", on=LEFT)
    with pytest.raises(ValidationError, match="日期不能早于这一天"):
        change_role(actor=filer, town=town, membership_id=found.pk, role="backbone", on=JOINED)
    with pytest.raises(ValidationError, match="不能晚于今天"):
        change_role(actor=filer, town=town, membership_id=found.pk, role="backbone", on=TOMORROW)
    with pytest.raises(ValidationError, match="请选择企业角色"):
        change_role(actor=filer, town=town, membership_id=found.pk, role="boss", on=LEFT)


def test_a_role_put_right_on_its_first_day_leaves_one_row(
    world: World, town: Town, seat: Membership
) -> None:
    change_role(
        actor=world.actor("puxian.filer"),
        town=town,
        membership_id=seat.pk,
        role="leading",
        on=JOINED,
    )
    row = Membership.objects.get(enterprise=seat.enterprise)
    assert (row.pk, row.role, row.since, row.until) == (seat.pk, "leading", JOINED, None)


# --- amendments and ends --------------------------------------------------------------------------


def test_amendment_enters_what_changed_and_nothing_twice(
    world: World, town: Town, seat: Membership
) -> None:
    filer, fields = world.actor("puxian.filer"), {"main_products": " 牛肉 ", "since": JOINED}
    amend_member(actor=filer, town=town, membership_id=seat.pk, **fields)  # type: ignore[arg-type]
    entry = last_entry(town)
    assert json.loads(entry.after) == {"main_products": "牛肉"}
    amend_member(actor=filer, town=town, membership_id=seat.pk, **fields)  # type: ignore[arg-type]
    assert last_entry(town).pk == entry.pk
    moved = change_role(actor=filer, town=town, membership_id=seat.pk, role="leading", on=MOVED)
    with pytest.raises(ValidationError, match="日期不能早于这一天"):
        amend_member(
            actor=filer, town=town, membership_id=moved.pk, main_products="牛肉", since=JOINED
        )


def test_end_keeps_its_day_and_reason(world: World, town: Town, seat: Membership) -> None:
    filer = world.actor("puxian.filer")
    for day, sentence in ((TOMORROW, "不能晚于今天"), (date(2020, 1, 1), "日期不能早于这一天")):
        with pytest.raises(ValidationError, match=sentence):
            end_membership(actor=filer, town=town, membership_id=seat.pk, on=day, reason="停产")
    end_membership(actor=filer, town=town, membership_id=seat.pk, on=LEFT, reason="停产")
    assert json.loads(last_entry(town).payload)["reason"] == "停产"
    with pytest.raises(Stale):
        end_membership(actor=filer, town=town, membership_id=seat.pk, on=LEFT, reason="停产")


# --- renaming -------------------------------------------------------------------------------------


def test_rename_keeps_the_old_name_and_is_entered_for_both_towns(
    world: World, town: Town, seat: Membership
) -> None:
    other = world.towns["xixian"]
    add(world, other, "xixian.filer")
    renamed = rename_enterprise(
        actor=world.actor("xixian.filer"),
        enterprise=seat.enterprise,
        name="山西肉牛集团有限公司",
        on=MOVED,
        source="变更登记通知书",
        was=NAME,
    )
    assert renamed.name == "山西肉牛集团有限公司"
    former = EnterpriseName.objects.get(enterprise=renamed)
    assert (former.name, former.valid_to, former.source) == (NAME, MOVED, "变更登记通知书")
    for one in (town, other):
        entry = last_entry(one)
        assert (entry.verb, entry.scope_code, entry.audience) == (
            "rename_enterprise",
            one.scope_code,
            "filer",
        )
        assert json.loads(entry.before) == {"name": NAME}


def test_renaming_twice_and_second(world: World, town: Town, seat: Membership) -> None:
    filer = world.actor("puxian.filer")
    given = {"actor": filer, "enterprise": seat.enterprise, "on": MOVED, "source": "通知"}
    rename_enterprise(name="甲公司", was=NAME, **given)  # type: ignore[arg-type]
    entry = last_entry(town)
    rename_enterprise(name="甲公司", was=NAME, **given)  # type: ignore[arg-type]
    assert last_entry(town).pk == entry.pk
    with pytest.raises(Stale, match="已更名为“甲公司”"):
        rename_enterprise(name="乙公司", was=NAME, **given)  # type: ignore[arg-type]
    given["on"] = JOINED
    with pytest.raises(ValidationError, match="上一次更名"):
        rename_enterprise(name="乙公司", was="甲公司", **given)  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="与现名相同"):
        rename_enterprise(name="甲公司", was="甲公司", **given)  # type: ignore[arg-type]


def test_only_a_filer_of_its_towns_renames(
    world: World, town: Town, seat: Membership, browse
) -> None:
    given = {"enterprise": seat.enterprise, "name": "甲", "on": MOVED, "source": "通知"}
    for who, words in (
        ("xixian.filer", "不在您填报的专业镇名单中"),
        ("puxian.clerk", "填报人办理"),
    ):
        with pytest.raises(Refused, match=words):
            rename_enterprise(actor=world.actor(who), was=NAME, **given)  # type: ignore[arg-type]
    Town.objects.filter(pk=town.pk).update(closed_on=clock.today())
    with pytest.raises(Refused, match="不在您填报的专业镇名单中"):
        rename_enterprise(actor=world.actor("puxian.filer"), was=NAME, **given)  # type: ignore[arg-type]


def test_pages_of_changes_keep_what_was_typed(
    world: World, town: Town, seat: Membership, browse
) -> None:
    filer = browse("puxian.filer")
    page = filer.get("enterprise-rename", seat.enterprise_id)
    assert NAME in page.text and town.name in page.text
    wrong = {"name": "新名称公司", "on": "2025年13月", "source": "", "was": NAME}
    answer = filer.post("enterprise-rename", seat.enterprise_id, data=wrong)
    assert answer.status_code == 422
    assert 'value="新名称公司"' in answer.text and "请填写更名的依据" in answer.text
    right = {**wrong, "on": MOVED.isoformat(), "source": "通知书"}
    assert filer.post("enterprise-rename", seat.enterprise_id, data=right).status_code == 302
    role = filer.post("member-role", town.pk, seat.pk, data={"role": "leading", "on": "2022-01-01"})
    assert role.status_code == 422 and "日期不能早于这一天" in role.text
    fields = {"role": "leading", "on": MOVED.isoformat()}
    assert filer.post("member-role", town.pk, seat.pk, data=fields).status_code == 302
    late = filer.get("member-amend", town.pk, seat.pk)
    assert late.status_code == 302 and "town" in late["Location"]
    current = Membership.objects.get(enterprise=seat.enterprise, until__isnull=True)
    assert 'value="2024-07-01"' in filer.get("member-amend", town.pk, current.pk).text
    answer = filer.post("member-amend", town.pk, current.pk, data={"main_products": "牛肉"})
    assert answer.status_code == 422
    fields = {"main_products": "牛肉", "since": MOVED.isoformat()}
    assert filer.post("member-amend", town.pk, current.pk, data=fields).status_code == 302
