"""Enterprises of a town: entering them, their names, roles and ends. History is never rewritten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.formatting import iso_date
from portal.core.ledger import record
from portal.core.uscc import validate as validate_uscc
from towns.actions.entries import given, lock_towns, optional
from towns.actions.keeping import maintained
from towns.constants import ENTITY_CHOICES, ROLE_CHOICES
from towns.enterprise_policies import may_rename_enterprise
from towns.models import Enterprise, EnterpriseName, Membership, Town
from towns.register_conflicts import hold_against

NAME, PRODUCTS, REASON, SOURCE = 120, 200, 300, 200
ROLES, ENTITIES = dict(ROLE_CHOICES), dict(ENTITY_CHOICES)


@transaction.atomic
def add_member(
    *,
    actor: Actor,
    town: Town,
    uscc: str,
    name: str,
    entity: str,
    role: str,
    main_products: str = "",
    since: date | None = None,
) -> Membership:
    """Enter an enterprise into the town's list, again if it left.

    The same code is the same enterprise everywhere; an error coded ``renamed`` says that the code
    is known under another name.
    """
    town = maintained(actor, town)
    try:
        code = validate_uscc(uscc)
    except ValueError as error:
        raise ValidationError({"uscc": str(error)}) from error
    name = given(name, "name", "企业名称", NAME)
    _known_role(role)
    if entity not in ENTITIES:
        raise ValidationError({"entity": "请选择主体类型。"})
    enterprise, _ = Enterprise.objects.get_or_create(
        uscc=code, defaults={"name": name, "entity": entity}
    )
    _same_enterprise(enterprise, name, entity)
    seats = Membership.objects.filter(town=town, enterprise=enterprise)
    if seats.filter(until__isnull=True).exists():
        raise ValidationError({"uscc": "该企业已在本专业镇名单中，无需重复添加。"})
    left = seats.aggregate(last=Max("until"))["last"]
    since = since or (clock.today() if left else None)
    _since_fits(since, left)
    member = Membership.objects.create(
        town=town,
        enterprise=enterprise,
        role=role,
        main_products=optional(main_products, "main_products", "主要产品", PRODUCTS),
        since=since,
    )
    verb = "重新登记企业" if left else "登记企业"
    record(
        actor,
        "add_member",
        town,
        f"{verb} {enterprise.name}（{member.get_role_display()}）",
        data={"uscc": code, "role": role, "since": iso_date(since) if since else ""},
        scope_code=town.scope_code,
        audience="filer",
    )
    return member


def _same_enterprise(enterprise: Enterprise, name: str, entity: str) -> None:
    """What is typed agrees with what is known of the code."""
    known = enterprise.name
    if known != name:
        if enterprise.names.filter(name=name).exists():
            sentence = f"“{name}”是该企业的曾用名，现名为“{known}”，请按现名填写。"
        else:
            sentence = (
                f"该代码已登记为“{known}”。如填写有误，请核对名称或代码；"
                "如企业已更名，请先按登记的名称列入，再办理更名。"
            )
        raise ValidationError({"name": ValidationError(sentence, code="renamed")})
    if enterprise.entity != entity:
        label = enterprise.get_entity_display()
        raise ValidationError({"entity": f"该代码已登记为“{label}”，请核对主体类型或代码。"})


def _known_role(role: str) -> None:
    if role not in ROLES:
        raise ValidationError({"role": "请选择企业角色。"})


def _since_fits(since: date | None, left: date | None, field: str = "since") -> None:
    """Not in the future, and not before the end of an earlier time in the same town."""
    if since is not None and since > clock.today():
        raise ValidationError({field: "日期不能晚于今天。"})
    if left is not None and (since is None or since < left):
        raise ValidationError(
            {field: f"该企业 {iso_date(left)} 以前的一段记录已登记，日期不能早于这一天。"}
        )


def _current(town: Town, membership_id: int) -> Membership:
    """The running membership, locked; Stale when somebody has ended or changed it meanwhile."""
    member = (
        Membership.objects.select_for_update(of=("self",))
        .filter(town=town, pk=membership_id, until__isnull=True)
        .select_related("enterprise")
        .first()
    )
    if member is None:
        raise Stale("该企业已不在名单中，或角色已经变更，请按现在的名单办理。")
    return member


def _ends(member: Membership, on: date, field: str = "on") -> None:
    """A day on which the membership may end: not in the future, not before it began."""
    if on > clock.today():
        raise ValidationError({field: "日期不能晚于今天。"})
    if member.since is not None and on < member.since:
        raise ValidationError(
            {field: f"该企业 {iso_date(member.since)} 起担任现在的角色，日期不能早于这一天。"}
        )


def _earlier(member: Membership) -> date | None:
    """When the enterprise's time in the town before this one ended."""
    rows = Membership.objects.filter(town_id=member.town_id, enterprise_id=member.enterprise_id)
    found: date | None = rows.exclude(pk=member.pk).aggregate(last=Max("until"))["last"]
    return found


@transaction.atomic
def change_role(*, actor: Actor, town: Town, membership_id: int, role: str, on: date) -> Membership:
    """Another role as of a day: the old row ends and a new one begins; the same role is refused."""
    town = maintained(actor, town)
    member = _current(town, membership_id)
    _known_role(role)
    if role == member.role:
        raise ValidationError({"role": f"该企业现在就是“{ROLES[role]}”，无需变更。"})
    _ends(member, on)
    before = member.role
    if on == member.since:
        # It never had the old role for a day: the row is put right.
        member.role = role
        member.save(update_fields=["role", "scope_code"])
        following = member
    else:
        member.until = on
        member.save(update_fields=["until", "scope_code"])
        following = Membership.objects.create(
            town=town,
            enterprise_id=member.enterprise_id,
            role=role,
            main_products=member.main_products,
            since=on,
        )
    record(
        actor,
        "change_role",
        town,
        f"{member.enterprise.name}由{ROLES[before]}变更为{ROLES[role]}",
        data={"uscc": member.enterprise.uscc, "on": iso_date(on)},
        before={"role": before},
        after={"role": role},
        scope_code=town.scope_code,
        audience="filer",
    )
    return following


@transaction.atomic
def amend_member(
    *,
    actor: Actor,
    town: Town,
    membership_id: int,
    main_products: str,
    since: date | None,
    opened: Mapping[str, str] | None = None,
) -> Membership:
    """Correct an enterprise's products and the day it joined; nothing changed is no entry.

    ``opened``: what the form was opened with; raises Overtaken, and saves nothing, when that would
    undo unseen what somebody else has saved since.
    """
    town = maintained(actor, town)
    member = _current(town, membership_id)
    products = optional(main_products, "main_products", "主要产品", PRODUCTS)
    before = described(member)
    after = {"main_products": products, "since": _day(since)}
    hold_against(actor, town, opened, before, after, {"uscc": member.enterprise.uscc})
    if since != member.since:
        _since_fits(since, _earlier(member))
    if before == after:
        return member
    member.main_products, member.since = products, since
    member.save(update_fields=["main_products", "since", "scope_code"])
    changed = [key for key in before if before[key] != after[key]]
    record(
        actor,
        "amend_member",
        town,
        f"修改 {member.enterprise.name} 的登记内容",
        data={"uscc": member.enterprise.uscc},
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
        scope_code=town.scope_code,
        audience="filer",
    )
    return member


def described(member: Membership) -> dict[str, str]:
    """What can be corrected of a membership, as plain texts."""
    return {"main_products": member.main_products, "since": _day(member.since)}


def _day(day: date | None) -> str:
    return iso_date(day) if day else ""


@transaction.atomic
def end_membership(
    *,
    actor: Actor,
    town: Town,
    membership_id: int,
    on: date | None = None,
    reason: str = "",
) -> None:
    """Take an enterprise off the list as of a day, today when none is given; its history stays."""
    town = maintained(actor, town)
    member = _current(town, membership_id)
    on = on or clock.today()
    _ends(member, on)
    member.until = on
    member.end_reason = optional(reason, "reason", "退出事由", REASON)
    member.save(update_fields=["until", "end_reason", "scope_code"])
    record(
        actor,
        "end_membership",
        town,
        f"移出企业 {member.enterprise.name}",
        data={
            "uscc": member.enterprise.uscc,
            "on": iso_date(on),
            "reason": member.end_reason,
        },
        scope_code=town.scope_code,
        audience="filer",
    )


@transaction.atomic
def rename_enterprise(
    *, actor: Actor, enterprise: Enterprise, name: str, on: date, source: str, was: str
) -> Enterprise:
    """A new name as of a day; the old one stays as a former name with its source.

    ``was`` is the name that the form was opened with. Entered for every town that the enterprise is
    part of, in whichever county: towns are locked first, in the order of their keys.
    """
    require(may_rename_enterprise(actor, enterprise))
    seats = Membership.objects.on().filter(enterprise=enterprise)
    towns = lock_towns(seats.values_list("town_id", flat=True))
    enterprise = Enterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
    name = given(name, "name", "新名称", NAME)
    source = given(source, "source", "依据", SOURCE)
    if enterprise.name != was:
        if enterprise.name == name:
            return enterprise
        raise Stale(f"该企业已更名为“{enterprise.name}”，请核对后再办理。")
    if name == was:
        raise ValidationError({"name": "新名称与现名相同，无需更名。"})
    if on > clock.today():
        raise ValidationError({"on": "日期不能晚于今天。"})
    last = enterprise.names.aggregate(last=Max("valid_to"))["last"]
    if last is not None and on < last:
        raise ValidationError({"on": f"上一次更名在 {iso_date(last)}，日期不能早于这一天。"})
    EnterpriseName.objects.create(enterprise=enterprise, name=was, valid_to=on, source=source)
    enterprise.name = name
    enterprise.save(update_fields=["name"])
    for town in towns:
        record(
            actor,
            "rename_enterprise",
            town,
            f"企业“{was}”更名为“{name}”",
            data={"uscc": enterprise.uscc, "on": iso_date(on), "source": source},
            before={"name": was},
            after={"name": name},
            scope_code=town.scope_code,
            audience="filer",
        )
    return enterprise
