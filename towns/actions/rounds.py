"""Opening a round (批次)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.models import CriteriaSet
from portal.core import jobs
from portal.core.actor import Actor, acting_office
from portal.core.constants import JobState
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import Job, hold_in_scope
from towns.models import Application, Round
from towns.policies import may_assess_round, may_open_round

ASSESS_ROUND = "towns.assess_round"


@transaction.atomic
def open_round(
    *, actor: Actor, criteria_set: CriteriaSet, chain: tuple[str, int], **fields: Any
) -> Round:
    """Open a round of the acting office with the criteria set version in force."""
    require(may_open_round(actor))
    office, level = acting_office(actor), actor.level
    if level is None or criteria_set.state != "published" or criteria_set.level != level.key:
        raise ValidationError({"criteria_set": "请选择本级已发布的认定标准。"})
    if office.region.code not in criteria_set.region.scope:
        raise ValidationError({"criteria_set": "该认定标准不适用于本行政区划。"})
    ended = criteria_set.effective_to
    if ended is not None and ended < fields["opens_on"]:
        raise ValidationError(
            {
                "criteria_set": f"{criteria_set.document_number} 已于 {ended} 失效，"
                "请选择现行的认定标准。"
            }
        )
    call = Round(
        office=office,
        level=level.key,
        criteria_set=criteria_set,
        chain_key=chain[0],
        chain_version=chain[1],
        **fields,
    )
    call.full_clean()
    call.save()
    hold_in_scope(call, actor)
    record(actor, "open_round", call, f"设立申报批次“{call.title}”", data={"key": call.key})
    return call


@transaction.atomic
def assess_round(*, actor: Actor, call: Round) -> Job:
    """Queue the assessment of a round's submitted applications; one at a time for each round.

    Figures and statements stay as they were frozen and the criteria set as it was pinned, so only
    what was decided since, a granted relaxation, can change a result.
    """
    call = (
        Round.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("office__region")
        .get(pk=call.pk)
    )
    require(may_assess_round(actor, call))
    begun = Job.objects.filter(key__startswith=f"assess-round:{call.pk}:")
    running = begun.filter(state__in=(JobState.QUEUED, JobState.RUNNING)).first()
    if running is not None:
        return running
    number = Application.objects.filter(round=call, submitted_at__isnull=False).count()
    if not number:
        raise ValidationError("本批次还没有已提交的申报，暂无可以评定的内容。")
    job = jobs.enqueue(
        ASSESS_ROUND,
        actor=actor,
        label=f"重新评定：{call.title}",
        key=f"assess-round:{call.pk}:{begun.count() + 1}",
        arguments={"round": call.pk},
    )
    record(
        actor,
        "assess_round",
        call,
        f"重新评定“{call.title}”的 {number} 项申报",
        data={"applications": number, "criteria_set": call.criteria_set_id, "job": job.pk},
    )
    return job
