"""An office enters an application for a unit without network (代录), or tries a round out."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_office, acting_user
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from towns.actions.rounds import lock_round
from towns.constants import LIVE_FILINGS
from towns.models import Application, Certification, Round, Town
from towns.policies import may_start_on_behalf

TRIAL = "试运行"


@transaction.atomic
def start_on_behalf(*, actor: Actor, town: Town, call: Round, reason: str = "") -> Application:
    """Begin a draft that the acting office fills; asking twice returns the same live draft.

    ``reason``: why the unit does not file itself, kept with the application and shown to whoever
    reads it; a round on trial needs none. ValidationError beside ``reason``, or when the unit's
    own draft is there already.
    """
    town = Town.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=town.pk)
    call = lock_round(call)
    require(may_start_on_behalf(actor, town, call))
    office = acting_office(actor)
    live = Application.objects.filter(town=town, round=call, state__in=LIVE_FILINGS).first()
    if live is not None:
        if live.entered_by_id == office.pk:
            return live
        raise ValidationError(
            f"{town.name}在本批次已有申报（{live.filing.label}），由填报单位办理，不用代为录入。"
        )
    if not reason.strip() and not call.trial:
        raise ValidationError({"reason": "请写明代为录入的原因，例如“填报单位没有接入专网”。"})
    if Certification.objects.filter(town=town, level=call.level, state="valid").exists():
        raise ValidationError(f"{town.name}已是{call.level_adjective}专业镇，无需重复申报。")
    application = Application.objects.create(
        town=town,
        round=call,
        criteria_set=call.criteria_set,
        scope_code=town.scope_code,
        category=town.category,
        filled_by=acting_user(actor),
        filled_name=actor.name,
        entered_by=office,
        entered_reason=reason.strip()[:200] or TRIAL,
        trial=call.trial,
        created_at=clock.now(),
        saved_at=clock.now(),
    )
    hold_in_scope(application, actor)
    record(
        actor,
        "start_on_behalf",
        application,
        f"{office.name}试填{call.title}"
        if call.trial
        else f"{office.name}代为录入{call.title}：{application.entered_reason}",
        data={"reason": application.entered_reason, "trial": call.trial},
        scope_code=application.scope_code,
        audience="unit" if call.trial else "filer",
    )
    return application
