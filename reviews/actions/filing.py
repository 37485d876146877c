"""Submitting and withdrawing an application: it opens, reopens or closes a case."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused, Stale, require
from portal.core.ledger import canonical, record
from portal.core.models import hold_in_scope
from portal.core.numbers import next_number
from reviews.actions.effects import Effect, apply_effect
from reviews.actions.moving import close_case, enter_step, finish_run, lock_case, office_of_level
from reviews.actions.telling import tell_of_submission
from reviews.chain import CHAINS
from reviews.models import Case, StepRun
from reviews.policies import may_submit, may_withdraw
from towns.actions.correcting import close_correction
from towns.assessing import assess_applications
from towns.constants import Filing
from towns.missing import gaps_of
from towns.models import Application, Submission
from towns.queries import declared_now

ON_TRIAL = "试运行的申报只用于试填，不进入办理环节。"
CHANGED_SINCE = "打开本页以后，申报内容有改动，没有提交。请重新核对现在的内容，再提交。"

UNFINISHED = "申报还有内容没有填齐，没有提交。请退回填报人补齐以下内容，再送提交人："


@transaction.atomic
def submit_application(*, actor: Actor, application: Application, seen: str = "") -> Case:
    """Freeze the application, store its assessment and open its case (or reopen it after a return).

    Submitting twice gives one case: the second call finds the application submitted and is Stale.
    So is one whose page showed another content than what would be submitted now: ``seen`` is the
    digest that it showed. Whoever takes both locks takes the case's first, as every step of the
    chain does.
    """
    application = _lock(actor, application)
    if application.trial:
        raise Refused(ON_TRIAL)
    again = application.revision > 0
    _freeze(actor, application, seen)
    if not application.number:
        year, serial = next_number(application.round.office, "receipt")
        application.number = f"{application.round.office.slug.upper()}-{year}-{serial:05d}"
    application.save()
    Submission.objects.create(
        application=application,
        revision=application.revision,
        snapshot=application.snapshot,
        snapshot_sha256=application.snapshot_sha256,
        submitted_name=application.submitted_name,
        submitted_at=application.submitted_at or clock.received(),
    )
    close_correction(application)
    # What was decided on the submission before this one is void until it is decided again.
    application.relaxations.filter(granted=True).update(granted=None)
    assess_applications([application.pk])
    case = _open_or_reopen(application)
    hold_in_scope(application, actor)
    hold_in_scope(case, actor)
    record(
        actor,
        "submit_application",
        case,
        f"提交申报（第 {application.revision} 次）",
        data={"snapshot_sha256": application.snapshot_sha256, "revision": application.revision},
        scope_code=application.scope_code,
        audience="filer",
    )
    tell_of_submission(actor, application, case, again=again)
    return case


@transaction.atomic
def submit_on_trial(*, actor: Actor, application: Application, seen: str = "") -> Application:
    """Freeze and assess an application of a round on trial: no case, no number, nobody is told."""
    application = _lock(actor, application)
    if not application.trial:
        raise Refused("该申报不是试运行的申报，请按正式申报提交。")
    _freeze(actor, application, seen)
    application.save()
    assess_applications([application.pk])
    hold_in_scope(application, actor)
    record(
        actor,
        "submit_on_trial",
        application,
        "试运行：提交申报",
        data={"snapshot_sha256": application.snapshot_sha256},
        scope_code=application.scope_code,
        audience="unit",
    )
    return application


def _lock(actor: Actor, application: Application) -> Application:
    Case.objects.visible_to(actor).select_for_update().filter(application=application.pk).first()
    return (
        Application.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related(
            "town__county",
            "round__office__region",
            "round__criteria_set",
            "criteria_set",
            "request_file",
            "entered_by",
        )
        .get(pk=application.pk)
    )


def _freeze(actor: Actor, application: Application, seen: str) -> None:
    """What is declared now becomes what was submitted; the caller saves."""
    if application.state == Filing.SUBMITTED:
        number = f"，受理编号 {application.number}" if application.number else ""
        raise Stale(f"该申报已提交{number}，无需重复提交。")
    require(may_submit(actor, application))
    snapshot = declared_now(application)
    gaps = gaps_of(application, snapshot)
    if gaps:
        raise ValidationError([UNFINISHED, *(gap.text for gap in gaps)])
    digest = digest_of_declaration(snapshot)
    if seen and seen != digest:
        raise Stale(CHANGED_SINCE)
    application.snapshot, application.snapshot_sha256 = snapshot, digest
    application.state, application.submitted_by = Filing.SUBMITTED, actor.user
    application.submitted_name, application.submitted_at = actor.name, clock.received()
    application.revision += 1
    application.return_reason = ""


def digest_of_declaration(declared: Mapping[str, Any]) -> str:
    """The digest (材料校验码) of what is declared."""
    return hashlib.sha256(canonical(declared).encode()).hexdigest()


def _open_or_reopen(application: Application) -> Case:
    call = application.round
    chain = CHAINS[call.chain_key, call.chain_version]
    case = (
        Case.objects.select_for_update(of=("self",))
        .select_related("round", "office__region")
        .filter(application=application)
        .first()
    )
    if case is None:
        case = Case(
            number=application.number,
            application=application,
            round=call,
            chain_key=chain.key,
            chain_version=chain.version,
            level=call.level,
            scope_code=application.scope_code,
            town_name=application.town.name,
            county_name=application.town.county.name,
            category=application.category,
            step=chain.steps[0].key,
            opened_at=clock.now(),
            moved_at=clock.now(),
        )
        first = chain.steps[0]
        # The first office is needed before the row exists; enter_step then starts the run.
        case.office = office_of_level(case.scope_code, first.level)
        case.save()
        enter_step(case, first, case.office)
        return case
    enter_step(case, case.chain.steps[0])
    return case


@transaction.atomic
def withdraw_application(*, actor: Actor, case_id: int, reason: str) -> Case:
    """Take an application back; the case is closed and stays readable."""
    case = lock_case(actor, case_id)
    require(may_withdraw(actor, case))
    Application.objects.select_for_update().get(pk=case.application_id)
    run = StepRun.objects.filter(case=case, finished_at__isnull=True).first()
    if run is not None:
        finish_run(run, actor, "withdraw", reason)
    close_case(case, "withdrawn")
    close_correction(case.application)
    apply_effect(case, Effect.WITHDRAWN)
    hold_in_scope(case, actor)
    record(
        actor,
        "withdraw_application",
        case,
        f"撤回申报{'：' + reason if reason else ''}",
        scope_code=case.scope_code,
        audience="filer",
    )
    return case
