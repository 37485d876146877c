"""A later end of a round for one town (延期): granted and revoked by the round's office."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_user
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from towns.actions.round_telling import office_of, tell_of_round, units_of
from towns.deadlines import moment_words
from towns.models import Extension, Round, Town
from towns.round_policies import may_extend, may_extend_for


@transaction.atomic
def grant_extension(
    *, actor: Actor, call: Round, town: Town, until: datetime, reason: str, approver: str
) -> Extension:
    """Let one town file until later than the others, whether it has begun or not.

    ValidationError beside ``until``, ``reason``, ``approver`` or ``town``.
    """
    # The town first, then the round: whoever begins an application locks them in this order.
    town = (
        Town.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("county")
        .get(pk=town.pk)
    )
    call = _locked(actor, call)
    require(may_extend_for(actor, call, town))
    until = until.replace(microsecond=0)
    errors: dict[str, str] = {}
    if call.categories and town.category not in call.categories:
        errors["town"] = f"本批次不受理{town.get_category_display()}类专业镇的申报。"
    elif call.extensions.filter(town=town, revoked_at__isnull=True).exists():
        errors["town"] = f"{town.name}在本批次已有延期。需要再改期的，请先撤销原来的延期。"
    if until <= call.closing:
        errors["until"] = f"延期应晚于批次截止时间（{moment_words(call.closing)}）。"
    elif until <= clock.now():
        errors["until"] = "延期应晚于现在。"
    if not reason.strip():
        errors["reason"] = "请写明延期事由。"
    if not approver.strip():
        errors["approver"] = "请写明批准人姓名、职务。"
    if errors:
        raise ValidationError(errors)
    extension = Extension(
        round=call,
        town=town,
        until=until,
        reason=reason.strip(),
        approver=approver.strip(),
        granted_by=acting_user(actor),
        granted_name=actor.name,
        granted_at=clock.now(),
    )
    extension.full_clean()
    extension.save()
    hold_in_scope(call, actor)
    record(
        actor,
        "grant_extension",
        call,
        f"{town.name}延期至{moment_words(until)}，批准人{extension.approver}",
        data={"town": town.pk, "reason": extension.reason, "approver": extension.approver},
        before={"until": call.closing.isoformat()},
        after={"until": until.isoformat()},
        scope_code=town.scope_code,
        audience=call.audience,
    )
    _tell(
        call,
        town,
        f"已延期：{town.name}“{call.title}”",
        f"申报截止时间延至{moment_words(until)}。事由：{extension.reason}。",
    )
    return extension


@transaction.atomic
def revoke_extension(*, actor: Actor, extension: Extension, reason: str) -> Extension:
    """Take an extension back; what was submitted in it stays submitted."""
    call = _locked(actor, extension.round)
    require(may_extend(actor, call))
    extension = Extension.objects.select_related("town__county").get(pk=extension.pk, round=call)
    if extension.revoked_at is not None:
        raise Stale(f"{extension.town.name}的延期已经撤销。")
    if not reason.strip():
        raise ValidationError({"reason": "请写明撤销原因。"})
    extension.revoked_at, extension.revoked_reason = clock.now(), reason.strip()[:200]
    extension.save(update_fields=["revoked_at", "revoked_reason"])
    hold_in_scope(call, actor)
    town = extension.town
    record(
        actor,
        "revoke_extension",
        call,
        f"撤销{town.name}的延期：{extension.revoked_reason}",
        data={"town": town.pk},
        before={"until": extension.until.isoformat()},
        after={"until": call.closing.isoformat()},
        scope_code=town.scope_code,
        audience=call.audience,
    )
    _tell(
        call,
        town,
        f"延期已撤销：{town.name}“{call.title}”",
        f"申报截止时间为{moment_words(call.closing)}。原因：{extension.revoked_reason}。",
    )
    return extension


def _locked(actor: Actor, call: Round) -> Round:
    return (
        Round.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("office__region")
        .get(pk=call.pk)
    )


def _tell(call: Round, town: Town, title: str, text: str) -> None:
    offices = {*units_of([town.pk], call), *office_of(town.county)} - {call.office_id}
    tell_of_round(offices, call, "extension", title, text, str(town.pk))
