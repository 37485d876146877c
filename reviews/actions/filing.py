"""Submitting and withdrawing an application: it opens, reopens or closes a case."""

from __future__ import annotations

import hashlib

from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.ledger import canonical, record
from portal.core.models import hold_in_scope
from portal.core.numbers import next_number
from reviews.actions.moving import close_case, enter_step, finish_run, lock_case, office_of_level
from reviews.chain import CHAINS
from reviews.models import Case, StepRun
from reviews.policies import may_submit, may_withdraw
from towns.assessing import assess_applications
from towns.constants import Filing
from towns.models import Application
from towns.queries import snapshot_of


@transaction.atomic
def submit_application(*, actor: Actor, application: Application) -> Case:
    """Freeze the application, store its assessment and open its case (or reopen it after a return).

    Submitting twice gives one case: the second call finds the application submitted and is Stale.
    Whoever takes both locks takes the case's first, as every step of the chain does.
    """
    Case.objects.visible_to(actor).select_for_update().filter(application=application.pk).first()
    application = (
        Application.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related(
            "town__county", "round__office__region", "round__criteria_set", "criteria_set"
        )
        .get(pk=application.pk)
    )
    if application.state == Filing.SUBMITTED:
        raise Stale(f"该申报已提交，受理编号 {application.number}，无需重复提交。")
    require(may_submit(actor, application))
    snapshot = snapshot_of(application)
    application.snapshot = snapshot
    application.snapshot_sha256 = hashlib.sha256(canonical(snapshot).encode()).hexdigest()
    application.state, application.submitted_by = Filing.SUBMITTED, actor.user
    application.submitted_name, application.submitted_at = actor.name, clock.now()
    application.revision += 1
    application.return_reason = ""
    if not application.number:
        year, serial = next_number(application.round.office, "receipt")
        application.number = f"{application.round.office.slug.upper()}-{year}-{serial:05d}"
    application.save()
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
    return case


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
    Application.objects.filter(pk=case.application_id).update(state=Filing.WITHDRAWN)
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
