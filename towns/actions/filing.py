"""Drafting an application, until the second person submits it."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import Actor, acting_user
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from towns.actions.rounds import lock_round
from towns.constants import LIVE_FILINGS, Filing
from towns.missing import blank_parts, gaps_of
from towns.models import (
    Answer,
    Application,
    Certification,
    RelaxationRequest,
    Round,
    Town,
)
from towns.policies import (
    may_correct,
    may_edit_application,
    may_hand_over,
    may_send_back_to_filer,
    may_start_application,
)
from towns.queries import declared_now

UNCONFIRMED = "{}。确实没有的，请在本页末尾勾选确认后再送提交人。"


@transaction.atomic
def start_application(*, actor: Actor, town: Town, call: Round) -> Application:
    """Begin a draft; asking twice returns the same live draft."""
    town = Town.objects.select_for_update().get(pk=town.pk)
    call = lock_round(call)
    require(may_start_application(actor, town, call))
    live = Application.objects.filter(town=town, round=call, state__in=LIVE_FILINGS).first()
    if live is not None and live.entered_by is not None:
        raise ValidationError(
            f"{town.name}在本批次的申报由{live.entered_by.name}代为录入（{live.filing.label}），"
            "不用另行填报。需要自行填报的，请联系该办公室撤销代录。"
        )
    if live is not None:
        return live
    if Certification.objects.filter(town=town, level=call.level, state="valid").exists():
        raise ValidationError(
            f"{town.name}已是{call.level_adjective}专业镇，无需重复申报。可在名单中查看认定情况。"
        )
    application = Application.objects.create(
        town=town,
        round=call,
        criteria_set=call.criteria_set,
        scope_code=town.scope_code,
        category=town.category,
        filled_by=acting_user(actor),
        filled_name=actor.name,
        created_at=clock.now(),
        saved_at=clock.now(),
    )
    hold_in_scope(application, actor)
    record(
        actor,
        "start_application",
        application,
        f"开始填报{call.title}",
        scope_code=application.scope_code,
        audience="unit",
    )
    return application


def _editable(actor: Actor, application: Application) -> Application:
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("town__county", "round__office", "criteria_set")
        .get(pk=application.pk)
    )
    require(may_edit_application(actor, locked))
    return locked


def _touch(actor: Actor, application: Application) -> None:
    Application.objects.filter(pk=application.pk).update(saved_at=clock.now())
    hold_in_scope(application, actor)


@transaction.atomic
def save_overview(
    *, actor: Actor, application: Application, contact: str, contact_phone: str, summary: str
) -> Application:
    """Save the overview of the application."""
    application = _editable(actor, application)
    typed = {"contact": contact, "contact_phone": contact_phone, "summary": summary}
    for name, text in typed.items():
        if text != getattr(application, name):
            require(may_correct(application, name))
    application.contact, application.contact_phone = contact, contact_phone
    application.summary, application.saved_at = summary, clock.now()
    application.save(update_fields=["contact", "contact_phone", "summary", "saved_at"])
    hold_in_scope(application, actor)
    record(
        actor,
        "save_overview",
        application,
        "保存申报概述",
        scope_code=application.scope_code,
        audience="unit",
    )
    return application


@transaction.atomic
def save_answer(*, actor: Actor, application: Application, criterion: str, text: str) -> Answer:
    """Save what the filer writes for one criterion."""
    application = _editable(actor, application)
    specs = {row.key: row for row in spec_of(application.criteria_set).criteria}
    if criterion not in specs:
        raise ValidationError("该批次的认定标准没有这一条。")
    stored = Answer.objects.filter(application=application, criterion=criterion).first()
    if text != (stored.text if stored else ""):
        require(may_correct(application, f"answers.{criterion}"))
    answer, _ = Answer.objects.update_or_create(
        application=application, criterion=criterion, defaults={"text": text}
    )
    _touch(actor, application)
    record(
        actor,
        "save_answer",
        application,
        f"保存“{specs[criterion].title}”",
        data={"criterion": criterion, "length": len(text)},
        scope_code=application.scope_code,
        audience="unit",
    )
    return answer


@transaction.atomic
def request_relaxation(
    *, actor: Actor, application: Application, condition: str, reason: str
) -> None:
    """Ask for a condition to be relaxed, with the reason; an empty reason takes the request back.

    晋政办发〔2022〕80号 二(四): 可适当放宽认定条件. The decision belongs to the meeting.
    """
    application = _editable(actor, application)
    known = {
        item.key: item
        for row in spec_of(application.criteria_set).criteria
        for item in row.conditions
    }
    if condition not in known or known[condition].relaxation is None:
        raise ValidationError("文件没有规定这一条件可以放宽。")
    require(may_correct(application, f"relaxations.{condition}"))
    if reason.strip():
        RelaxationRequest.objects.update_or_create(
            application=application, condition=condition, defaults={"reason": reason.strip()}
        )
    else:
        RelaxationRequest.objects.filter(application=application, condition=condition).delete()
    _touch(actor, application)
    record(
        actor,
        "request_relaxation",
        application,
        "申请放宽认定条件" if reason.strip() else "取消放宽申请",
        data={"condition": condition},
        scope_code=application.scope_code,
        audience="unit",
    )


@transaction.atomic
def hand_over(
    *, actor: Actor, application: Application, confirmed: Collection[str] = ()
) -> Application:
    """The filer has finished: the application waits for a second person to submit it.

    ``confirmed``: sections that the filer says are empty on purpose (``blank_parts``); an error
    coded ``confirm`` names one that is empty and not confirmed.
    """
    application = _editable(actor, application)
    require(may_hand_over(actor, application))
    data = declared_now(application)
    gaps, blanks = gaps_of(application, data), blank_parts(application, data)
    problems = [ValidationError(gap.text) for gap in gaps]
    problems += [
        ValidationError(UNCONFIRMED.format(row.text), "confirm", {"section": row.section})
        for row in blanks
        if row.section not in confirmed
    ]
    if problems:
        raise ValidationError(problems)
    application.state, application.filled_by = Filing.READY, acting_user(actor)
    application.filled_name, application.saved_at = actor.name, clock.now()
    application.save(update_fields=["state", "filled_by", "filled_name", "saved_at"])
    hold_in_scope(application, actor)
    record(
        actor,
        "hand_over",
        application,
        "填报完成，送提交人",
        data={"empty": [row.section for row in blanks]} if blanks else None,
        scope_code=application.scope_code,
        audience="unit",
    )
    return application


@transaction.atomic
def send_back_to_filer(*, actor: Actor, application: Application, reason: str = "") -> Application:
    """Open a handed-over application for editing again."""
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("town")
        .get(pk=application.pk)
    )
    require(may_send_back_to_filer(actor, application))
    application.state = Filing.RETURNED if application.revision else Filing.DRAFT
    application.save(update_fields=["state"])
    hold_in_scope(application, actor)
    record(
        actor,
        "send_back_to_filer",
        application,
        f"退回填报人修改{'：' + reason if reason else ''}",
        data={"reason": reason},
        scope_code=application.scope_code,
        audience="unit",
    )
    return application
