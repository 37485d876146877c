"""Enterprises of a town: entering them, their names, roles and figures."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.core.ledger import record
from portal.core.uscc import validate as validate_uscc
from towns.actions.keeping import maintained
from towns.constants import ROLE_CHOICES
from towns.models import Enterprise, Membership, Town


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
    town = maintained(actor, town)
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
    town = maintained(actor, town)
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
