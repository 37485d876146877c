"""Opening a round (批次), and having its applications assessed again."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.categories import category_names
from criteria.models import CriteriaSet
from criteria.queries import spec_of
from criteria.standing import standing
from portal.core import clock, jobs
from portal.core.actor import Actor, acting_office
from portal.core.constants import JobState, Level
from portal.core.errors import require
from portal.core.formatting import cn_date
from portal.core.ledger import record
from portal.core.models import Job, Region, hold_in_scope
from towns.models import Application, Round
from towns.policies import may_assess_round, may_open_round

ASSESS_ROUND = "towns.assess_round"
MOST_GRACE, MOST_PROMISES, LONGEST_PROMISE = 240, 20, 200
# What a round says besides its criteria set, in the order of the form.
TERMS = (
    "title", "key", "kind", "categories", "year", "figures_year", "opens_on", "opens_time",
    "closes_on", "closes_time", "upload_grace", "score_max", "step_days", "notice_days",
    "notice_first_day_counts", "commitments", "contact", "contact_phone", "note",
)  # fmt: skip


@transaction.atomic
def open_round(
    *, actor: Actor, criteria_set: CriteriaSet, chain: tuple[str, int], **fields: Any
) -> Round:
    """Open a round of the acting office with the criteria set in force on its opening day.

    The round, its applications and their scores keep that version whatever comes after it.
    """
    require(may_open_round(actor))
    office, level = acting_office(actor), actor.level
    assert level is not None  # said by the policy
    # Whoever withdraws the version meanwhile comes before or after, never between.
    rows = CriteriaSet.objects.visible_to(actor).select_related("region")
    criteria_set = rows.select_for_update(of=("self",)).get(pk=criteria_set.pk)
    unfit = why_not_for_round(criteria_set, office.region, level, fields["opens_on"])
    if unfit:
        raise ValidationError({"criteria_set": unfit})
    call = Round(
        office=office,
        level=level.key,
        criteria_set=criteria_set,
        chain_key=chain[0],
        chain_version=chain[1],
        **fields,
    )
    call.full_clean()
    check_terms(call)
    call.save()
    hold_in_scope(call, actor)
    trial = "（试运行）" if call.trial else ""
    record(
        actor,
        "open_round",
        call,
        f"设立申报批次“{call.title}”{trial}",
        data={"key": call.key},
        after=terms_of(call),
        audience=call.audience,
    )
    return call


def terms_of(call: Round) -> dict[str, Any]:
    """What a round says, as plain data for the ledger."""
    found: dict[str, Any] = {"criteria_set": call.criteria_set_id}
    for name in TERMS:
        value = getattr(call, name)
        found[name] = value.isoformat() if isinstance(value, date | time) else value
    return found


def lock_round(call: Round) -> Round:
    """The round as it stands, held against changes until an application of it is begun.

    What a town pins then is what the round says, and a change of the round sees the application.
    """
    rows = Round.objects.select_related("office__region", "criteria_set")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=call.pk)


def check_terms(call: Round) -> None:
    """What a round says of itself, whoever says it; ValidationError beside the field."""
    errors: dict[str, str] = {}
    known = dict(spec_of(call.criteria_set).categories)
    unknown = [key for key in call.categories if key not in known]
    if unknown:
        names = "、".join(category_names().get(key, key) for key in unknown)
        errors["categories"] = f"《{call.criteria_set.title}》不包括{names}类，请另选。"
    if call.opens_time.microsecond or call.closes_time.microsecond:
        errors["closes_time"] = "时刻写到分或者秒，例如 18:00 或 18:00:00。"
    if call.upload_grace > MOST_GRACE:
        errors["upload_grace"] = f"上传宽限最多 {MOST_GRACE} 分钟。"
    if any(len(text) > LONGEST_PROMISE for text in call.commitments):
        errors["commitments"] = f"每句承诺最多 {LONGEST_PROMISE} 字。"
    elif len(call.commitments) > MOST_PROMISES:
        errors["commitments"] = f"承诺最多 {MOST_PROMISES} 句，每行一句。"
    if call.closing < clock.received():
        errors["closes_on"] = "截止时间已过，请改为现在以后的时间。"
    if errors:
        raise ValidationError(errors)


def why_not_for_round(
    criteria_set: CriteriaSet, region: Region, level: Level, opens_on: date
) -> str:
    """Why no round of a region and level may open on a day with a set, and what to do instead."""
    if criteria_set.kind != "certification":
        return f"申报批次按认定标准设立，{criteria_set.kind_label}不能用于申报批次。请另选。"
    if not criteria_set.is_fixed or criteria_set.level != level.key:
        return "请选择本级已发布的认定标准。"
    if region.code not in criteria_set.region.scope:
        return "该认定标准不适用于本行政区划，请另选。"
    name = f"《{criteria_set.title}》{criteria_set.version_label}"
    stands = standing(criteria_set, opens_on)
    if stands.in_force:
        return ""
    day, opening = cn_date(stands.day), cn_date(opens_on)
    if stands.key == "withdrawn":
        gone = f"{name}自{day}起撤回，不能再用于新批次，批次于{opening}开始。"
        return f"{gone}请选择当时现行的认定标准。"
    if stands.key == "coming":
        return (
            f"{name}自{day}起施行，批次开始时（{opening}）尚未施行。"
            f"请改选当时现行的版本，或者把开始日期改为{day}及以后。"
        )
    if stands.by is not None:
        by = stands.by.version_label
        return f"{name}自{day}起由{by}替代，批次于{opening}开始。请改选{by}。"
    number = criteria_set.document_number
    return f"{name}（{number}）已于{day}失效。请选择现行的认定标准。"


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
    number = Application.objects.filter(round=call, submitted_at__isnull=False, trial=False).count()
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
        audience=call.audience,
    )
    return job
