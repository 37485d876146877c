"""Consulting member units: asking them on their criteria, their opinions, and their silence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actions.notifications import Notice, tell_all
from portal.core.actor import SYSTEM, Actor
from portal.core.calendar import add_working_days
from portal.core.errors import Stale, require
from portal.core.formatting import cn_date
from portal.core.ledger import record
from portal.core.merging import require_seen
from portal.core.models import Office, Post
from reviews.actions.moving import lock_case, open_run
from reviews.chain import Mode
from reviews.consulting_queries import (
    NOTHING_SET,
    Asking,
    fields_of_units,
    is_silent,
    may_be_kept,
    said_by,
    strictest,
)
from reviews.models import Case, CaseGrant, StepRun, UnitOpinion
from reviews.models.judging import OPINION_CHOICES, ROLE_CHOICES
from reviews.policies import may_give_opinion, may_take_step

LONGEST_TERM = 60
NO_TERM = (
    "本环节没有期限，或者期限已过；文件未载明答复时限的，由本办公室确定，请填写答复期限。"
    "没有期限的，有单位一直不答复，会审就不能办结。"
)
OVERTAKEN = "您打开本页以后，本单位的意见已由他人提交或者修改，没有保存。"
NEEDS_WORDS = "附意见或不同意时，请写明具体意见。"
# What a unit says of a criterion: verdict and words.
Point = tuple[str, str]


def open_to(case: Case, post: Post, actor: Actor, reason: str) -> None:
    """Give a case to a post until the step ends.

    A grant that ran out, or ended with an earlier step, is given anew. It ends with the step (see
    ``moving.finish_run``), not with the answer's term: a late answer is still an answer.
    """
    CaseGrant.objects.update_or_create(
        content_object=case,
        group_id=post.group_id,
        permission=CaseGrant.permission_named("judge_case"),
        defaults={
            "valid_from": clock.today(),
            "valid_to": None,
            "revoked_at": None,
            "revoked_reason": "",
            "reason": reason,
            "granted_by": actor.user,
        },
    )


@transaction.atomic
def ask_units(
    *,
    actor: Actor,
    case_id: int,
    office_ids: list[int],
    due_on: date | None = None,
    days: int | None = None,
    fields: Mapping[int, Asking] | None = None,
) -> list[UnitOpinion]:
    """Ask member units of the acting office's leading group for their opinion on a case.

    ``fields``: unit -> the criteria it is asked about and its role; for a unit that is not named
    what the office set for it (条款分工), and the whole declaration where it set nothing. ``days``:
    the limit in working days; ``due_on``: the limit as a day; without either the term of the step.
    A unit that never answers would hold the step up for good, so there always is one.
    """
    case = lock_case(actor, case_id)
    run = open_run(case, reader=actor)
    step = case.chain.step(run.step)
    require(may_take_step(actor, case, step))
    if step.mode != Mode.OPINIONS:
        raise Stale(f"办件当前在“{step.name}”环节，不再征求意见。")
    units = list(
        Office.objects.standing().filter(pk__in=office_ids, kind="member_unit", parent=case.office)
    )
    if not units:
        raise ValidationError({"offices": "请至少选择一个成员单位。"})
    due_on = _limit(run, due_on, days)
    wanted = {**fields_of_units(case.office, case.application.criteria_set), **(fields or {})}
    _require_criteria(case, wanted)
    reason = f"{step.name}征求意见"
    asked: list[UnitOpinion] = []
    for unit in units:
        asking = wanted.get(unit.pk, NOTHING_SET)
        opinion, created = UnitOpinion.objects.get_or_create(
            run=run,
            office=unit,
            defaults={
                "case": case,
                "asked_at": clock.now(),
                "due_on": due_on,
                "criteria": list(asking.criteria),
                "role": asking.role,
                "roles": dict(asking.roles),
            },
        )
        for post in Post.objects.standing().filter(office=unit, kind="member"):
            open_to(case, post, actor, reason)
        if created:
            asked.append(opinion)
    if asked:
        record(
            actor,
            "ask_units",
            case,
            f"征求{'、'.join(row.office.name for row in asked)}意见",
            data={
                "offices": [row.office_id for row in asked],
                "due_on": due_on.isoformat(),
                "criteria": {str(row.office_id): row.criteria for row in asked},
                "roles": {str(row.office_id): row.roles or row.role for row in asked},
            },
            scope_code=case.scope_code,
        )
        tell_all(_notice(case, row) for row in asked)
    return asked


def _limit(run: StepRun, due_on: date | None, days: int | None) -> date:
    if due_on is not None and days is not None:
        raise ValidationError({"due_on": "答复期限按工作日或者按日期填写一项即可。"})
    if days is not None:
        if not 1 <= days <= LONGEST_TERM:
            raise ValidationError({"days": f"答复期限应在 1 到 {LONGEST_TERM} 个工作日之间。"})
        return add_working_days(clock.today(), days)
    if due_on is not None and due_on < clock.today():
        raise ValidationError({"due_on": "答复期限不能早于今天。"})
    if due_on is not None:
        return due_on
    if run.due_on is None or run.due_on < clock.today():
        raise ValidationError({"days": NO_TERM})
    return run.due_on


def _require_criteria(case: Case, fields: Mapping[int, Asking]) -> None:
    known = {row.key for row in spec_of(case.application.criteria_set).criteria}
    for asking in fields.values():
        if set(asking.criteria) - known:
            raise ValidationError({"offices": "该批次的认定标准没有所选的条款，请刷新后重新选择。"})
        if asking.role and asking.role not in dict(ROLE_CHOICES):
            raise ValidationError({"offices": "分工请选择牵头或者配合。"})


def _notice(case: Case, opinion: UnitOpinion) -> Notice:
    term = f"，答复期限 {cn_date(opinion.due_on)}" if opinion.due_on else ""
    return Notice(
        [opinion.office_id],
        "consultation",
        f"consultation:{opinion.pk}",
        f"请对{case.town_name}提出会审意见",
        f"{case.office.name}就{case.round.title}征求意见{term}。",
        "opinion",
        [case.pk, opinion.pk],
    )


# --- answering ----------------------------------------------------------------------------------


@transaction.atomic
def give_opinion(
    *,
    actor: Actor,
    case_id: int,
    opinion_id: int,
    verdict: str = "",
    text: str = "",
    points: Mapping[str, Point] | None = None,
    seen: str | None = None,
) -> UnitOpinion:
    """A member unit answers; it may correct its answer until the step is finished.

    ``points``: criterion -> verdict and words, where it is asked about criteria; the verdict of the
    whole is then the most reserved of them. Without points one verdict stands for all of them.
    Errors are keyed ``verdict_<criterion>`` and ``text_<criterion>``, or ``verdict`` and ``text``.
    ``seen``: the digest of the answer that the form was opened on (``said_by``).
    """
    case, opinion = _asked(actor, case_id, opinion_id)
    stands, text = said_by(opinion), text.strip()
    if opinion.criteria and points is not None:
        opinion.points = _checked(case, opinion, points)
        verdict = strictest(row["verdict"] for row in opinion.points.values())
    else:
        _check_verdict(verdict, text)
        point = {"verdict": verdict, "text": text}
        opinion.points = dict.fromkeys(opinion.criteria, point)
    require_seen(seen, stands, [verdict, text, opinion.points], OVERTAKEN)
    return _answer(actor, case, opinion, verdict, text)


@transaction.atomic
def reconfirm_opinion(*, actor: Actor, case_id: int, opinion_id: int) -> UnitOpinion:
    """材料无变化，维持原意见: the unit keeps what it said before the correction.

    Refused where anything has changed that its earlier answer rests on.
    """
    case, opinion = _asked(actor, case_id, opinion_id)
    earlier = may_be_kept(case, opinion)
    if earlier is None:
        raise ValidationError("本单位上次答复以后，征求意见的内容有变化，请重新提出意见。")
    opinion.points = {key: earlier.points[key] for key in opinion.criteria}
    verdict = strictest(row["verdict"] for row in opinion.points.values()) or earlier.verdict
    return _answer(actor, case, opinion, verdict, earlier.text, reaffirmed=True)


def _asked(actor: Actor, case_id: int, opinion_id: int) -> tuple[Case, UnitOpinion]:
    """The locked case and what the unit was asked, if it may answer."""
    case = lock_case(actor, case_id)
    rows = UnitOpinion.objects.select_related("run", "office").filter(case=case, pk=opinion_id)
    opinion = rows.first()
    if opinion is None:
        raise Stale("该会审意见已撤销。")
    require(may_give_opinion(actor, opinion))
    return case, opinion


def _check_verdict(verdict: str, text: str) -> None:
    if verdict not in dict(OPINION_CHOICES):
        raise ValidationError({"verdict": "请选择意见。"})
    if lacks_words(verdict, text):
        raise ValidationError({"text": NEEDS_WORDS})


def lacks_words(verdict: str, text: str) -> bool:
    """Whether a verdict wants words and has none: whatever is not plain agreement does."""
    return verdict != "agree" and not text


def _checked(
    case: Case, opinion: UnitOpinion, points: Mapping[str, Point]
) -> dict[str, dict[str, str]]:
    if set(points) - {*opinion.criteria}:
        raise ValidationError("没有就这一条征求本单位意见。")
    titles = {row.key: row.title for row in spec_of(case.application.criteria_set).criteria}
    errors: dict[str, str] = {}
    found: dict[str, dict[str, str]] = {}
    for key in opinion.criteria:
        verdict, text = points.get(key, ("", ""))
        if verdict not in dict(OPINION_CHOICES):
            errors[f"verdict_{key}"] = f"请选择对“{titles.get(key, key)}”的意见。"
        elif lacks_words(verdict, text.strip()):
            errors[f"text_{key}"] = NEEDS_WORDS
        found[key] = {"verdict": verdict, "text": text.strip()}
    if errors:
        raise ValidationError(errors)
    return found


def _answer(
    actor: Actor,
    case: Case,
    opinion: UnitOpinion,
    verdict: str,
    text: str,
    *,
    reaffirmed: bool = False,
) -> UnitOpinion:
    if is_silent(opinion) and opinion.silent_at is None:
        note_silence(SYSTEM, case, [opinion])
    opinion.verdict, opinion.text, opinion.reaffirmed = verdict, text, reaffirmed
    opinion.given_at, opinion.given_by, opinion.given_name = clock.now(), actor.user, actor.name
    opinion.office_name, opinion.revision = opinion.office.name, case.application.revision
    opinion.save()
    late = "（逾期答复）" if opinion.silent_at is not None else ""
    kept = "，材料无变化，维持原意见" if reaffirmed else ""
    record(
        actor,
        "reconfirm_opinion" if reaffirmed else "give_opinion",
        case,
        f"{opinion.office.name}会审意见：{opinion.get_verdict_display()}{kept}{late}",
        data={
            "opinion": opinion.pk,
            "verdict": verdict,
            "text": text,
            "points": opinion.points,
            "revision": opinion.revision,
        },
        scope_code=case.scope_code,
    )
    return opinion


# --- silence ------------------------------------------------------------------------------------


def note_silence(actor: Actor, case: Case, opinions: list[UnitOpinion]) -> None:
    """Record that units did not answer within their limit, for the office that asked them.

    The caller holds the case's lock.
    """
    for opinion in opinions:
        opinion.silent_at = clock.now()
        opinion.save(update_fields=["silent_at"])
        record(
            actor,
            "note_silence",
            case,
            f"{opinion.office.name}逾期未答复会审意见",
            data={"opinion": opinion.pk, "due_on": str(opinion.due_on)},
            scope_code=case.scope_code,
            office=case.office,
        )


def note_silent_units() -> int:
    """Record the silence of every unit whose limit has passed; how many. As often as one likes."""
    due = UnitOpinion.objects.filter(
        run__finished_at__isnull=True,
        given_at__isnull=True,
        silent_at__isnull=True,
        due_on__lt=clock.today(),
    )
    cases = sorted(set(due.values_list("case_id", flat=True)))
    return sum(_note_silent_units_of(pk) for pk in cases)


@transaction.atomic
def _note_silent_units_of(case_id: int) -> int:
    case = lock_case(SYSTEM, case_id)
    run = StepRun.objects.filter(case=case, finished_at__isnull=True).first()
    silent = _newly_silent(run) if run is not None else []
    note_silence(SYSTEM, case, silent)
    return len(silent)


def _newly_silent(run: StepRun) -> list[UnitOpinion]:
    rows = run.opinions.select_related("office").filter(silent_at__isnull=True)
    return [row for row in rows if is_silent(row)]


def complete_opinions(actor: Actor, case: Case, run: StepRun) -> None:
    """Refuse to conclude while a unit may still answer; record the silence of those that did not.

    A unit that was closed has nobody left to answer; one that was merged has a successor.
    """
    asked = list(run.opinions.select_related("office"))
    units = Office.objects.standing().filter(kind="member_unit", parent=case.office)
    if not asked and units.exists():
        raise ValidationError({"outcome": "还没有征求成员单位意见，请先选择成员单位。"})
    waiting = [
        row
        for row in asked
        if row.given_at is None
        and not is_silent(row)
        and (row.office.is_standing or row.office.successor_id)
    ]
    if waiting:
        names = "、".join(
            f"{row.organ}（期限 {cn_date(row.due_on)}）" if row.due_on else row.organ
            for row in waiting
        )
        raise ValidationError({"outcome": f"还有单位未答复：{names}。"})
    note_silence(actor, case, _newly_silent(run))
