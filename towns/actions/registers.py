"""Keeping a town's truth: figures, enterprises, public services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.models import Indicator
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.uscc import validate as validate_uscc
from towns.constants import FUNCTION_STATE_CHOICES, ROLE_CHOICES, SERVICE_FUNCTIONS
from towns.models import Enterprise, Membership, Town, TownFigure, TownFunction
from towns.policies import may_maintain_town


def _maintained(actor: Actor, town: Town) -> Town:
    """The town, locked; Refused unless the actor keeps it."""
    require(may_maintain_town(actor, town))
    return Town.objects.select_for_update().get(pk=town.pk)


@transaction.atomic
def record_figures(
    *, actor: Actor, town: Town, year: int, values: Mapping[str, Decimal | None], source: str = ""
) -> None:
    """Report a town's figures of a year, in base units; None takes a figure back.

    ValidationError names the indicator whose value is out of range.
    """
    town = _maintained(actor, town)
    catalogue = {
        row.key: row for row in Indicator.objects.filter(subject="town", source="reported")
    }
    errors: dict[str, str] = {}
    for key, value in values.items():
        if key not in catalogue:
            errors[key] = "没有这个指标。"
        elif value is not None and value < 0:
            errors[key] = "数值不能为负数，请核对。"
        elif value is not None and catalogue[key].type == "percent" and value > 100:
            errors[key] = "百分比不能超过 100，请核对。"
    if errors:
        raise ValidationError(errors)
    before = {
        key: str(value)
        for key, value in TownFigure.objects.filter(town=town, year=year).values_list(
            "indicator__key", "value"
        )
    }
    for key, value in values.items():
        if value is None:
            TownFigure.objects.filter(town=town, year=year, indicator=catalogue[key]).delete()
        else:
            TownFigure.objects.update_or_create(
                town=town,
                year=year,
                indicator=catalogue[key],
                defaults={"value": value, "source": source},
            )
    record(
        actor,
        "record_figures",
        town,
        f"填报 {year} 年度数据",
        data={"year": year, "before": before, "after": dict(values)},
        scope_code=town.scope_code,
        audience="filer",
    )


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
    """Enter an enterprise into the town's list; the same code is the same enterprise everywhere."""
    town = _maintained(actor, town)
    try:
        code = validate_uscc(uscc)
    except ValueError as error:
        raise ValidationError({"uscc": str(error)}) from error
    if role not in dict(ROLE_CHOICES):
        raise ValidationError({"role": "请选择企业角色。"})
    enterprise, _ = Enterprise.objects.get_or_create(
        uscc=code, defaults={"name": name, "entity": entity}
    )
    if enterprise.name != name:
        raise ValidationError({"name": f"该代码已登记为“{enterprise.name}”，请核对名称或代码。"})
    if Membership.objects.filter(town=town, enterprise=enterprise, until__isnull=True).exists():
        raise ValidationError({"uscc": "该企业已在本专业镇名单中，无需重复添加。"})
    member = Membership.objects.create(
        town=town, enterprise=enterprise, role=role, main_products=main_products, since=since
    )
    record(
        actor,
        "add_member",
        town,
        f"登记企业 {enterprise.name}（{member.get_role_display()}）",
        data={"uscc": code, "role": role},
        scope_code=town.scope_code,
        audience="filer",
    )
    return member


@transaction.atomic
def end_membership(*, actor: Actor, town: Town, membership_id: int) -> None:
    """Take an enterprise off the list as of today; its history stays."""
    town = _maintained(actor, town)
    member = (
        Membership.objects.filter(town=town, pk=membership_id, until__isnull=True)
        .select_related("enterprise")
        .first()
    )
    if member is None:
        raise Stale("该企业已不在名单中。")
    member.until = clock.today()
    member.save(update_fields=["until"])
    record(
        actor,
        "end_membership",
        town,
        f"移出企业 {member.enterprise.name}",
        data={"uscc": member.enterprise.uscc},
        scope_code=town.scope_code,
        audience="filer",
    )


@transaction.atomic
def set_functions(
    *, actor: Actor, town: Town, states: Mapping[str, str], platforms: Mapping[str, str]
) -> None:
    """Record which of the eight public-service functions the town has."""
    town = _maintained(actor, town)
    for key, state in states.items():
        if key not in dict(SERVICE_FUNCTIONS):
            raise ValidationError("没有这项公共服务功能。")
        if state not in dict(FUNCTION_STATE_CHOICES):
            raise ValidationError({key: "请选择有、在建或无。"})
        TownFunction.objects.update_or_create(
            town=town, key=key, defaults={"state": state, "platform": platforms.get(key, "")}
        )
    record(
        actor,
        "set_functions",
        town,
        "更新公共服务功能",
        data=dict(states),
        scope_code=town.scope_code,
        audience="filer",
    )
