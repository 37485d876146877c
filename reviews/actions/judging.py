"""Member units' opinions and experts' scores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.queries import spec_of
from criteria.scoring import by_experts, needs_top, top_of
from criteria.wording import number_text
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.models import Office, Post
from reviews.actions.moving import lock_case, open_run
from reviews.chain import Mode
from reviews.models import Case, CaseGrant, CriterionScore, ScoreSheet, UnitOpinion
from reviews.models.judging import OPINION_CHOICES
from reviews.policies import may_give_opinion, may_score, may_take_step


def _grant(case: Case, post: Post, actor: Actor, reason: str) -> None:
    # One that ran out, or ended with an earlier step, is given anew. It ends with the step (see
    # ``moving.finish_run``), not with the answer's term: a late answer is still an answer.
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
    *, actor: Actor, case_id: int, office_ids: list[int], due_on: date | None = None
) -> list[UnitOpinion]:
    """Ask member units of the acting office's leading group for their opinion on a case."""
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
    if due_on is not None and due_on < clock.today():
        raise ValidationError({"due_on": "答复期限不能早于今天。"})
    asked: list[UnitOpinion] = []
    for unit in units:
        opinion, created = UnitOpinion.objects.get_or_create(
            run=run, office=unit, defaults={"case": case, "asked_at": clock.now(), "due_on": due_on}
        )
        for post in Post.objects.standing().filter(office=unit, kind="member"):
            _grant(case, post, actor, f"{step.name}征求意见")
        if created:
            asked.append(opinion)
    if asked:
        record(
            actor,
            "ask_units",
            case,
            f"征求{'、'.join(row.office.name for row in asked)}意见",
            data={"offices": [row.office_id for row in asked]},
            scope_code=case.scope_code,
        )
    return asked


@transaction.atomic
def give_opinion(
    *, actor: Actor, case_id: int, opinion_id: int, verdict: str, text: str
) -> UnitOpinion:
    """A member unit answers; it may correct its answer until the step is finished."""
    case = lock_case(actor, case_id)
    opinion = (
        UnitOpinion.objects.select_related("run", "office").filter(case=case, pk=opinion_id).first()
    )
    if opinion is None:
        raise Stale("该会审意见已撤销。")
    require(may_give_opinion(actor, opinion))
    if verdict not in dict(OPINION_CHOICES):
        raise ValidationError({"verdict": "请选择意见。"})
    if verdict != "agree" and not text.strip():
        raise ValidationError({"text": "附意见或不同意时，请写明具体意见。"})
    opinion.verdict, opinion.text = verdict, text.strip()
    opinion.given_at, opinion.given_by, opinion.given_name = clock.now(), actor.user, actor.name
    opinion.office_name = opinion.office.name
    opinion.save()
    record(
        actor,
        "give_opinion",
        case,
        f"{opinion.office.name}会审意见：{opinion.get_verdict_display()}",
        data={"opinion": opinion.pk, "verdict": verdict, "text": opinion.text},
        scope_code=case.scope_code,
    )
    return opinion


@transaction.atomic
def assign_experts(*, actor: Actor, case_id: int, post_ids: list[int]) -> list[ScoreSheet]:
    """Give the case to experts of the acting office; each gets a sheet and a grant."""
    case = lock_case(actor, case_id)
    run = open_run(case, reader=actor)
    step = case.chain.step(run.step)
    require(may_take_step(actor, case, step))
    if step.mode != Mode.SCORES:
        raise Stale(f"办件当前在“{step.name}”环节，不再指派专家。")
    criteria = by_experts(spec_of(case.application.criteria_set).criteria)
    if not criteria:
        raise ValidationError("本批次认定标准的各条都按数据分档计分，不需要专家评分。")
    if case.round.score_max is None and needs_top(criteria):
        raise ValidationError("本批次没有设定评分满分（文件未载明），请先在批次中设定。")
    posts = list(Post.objects.filter(pk__in=post_ids, kind="expert", office=case.office))
    if not posts:
        raise ValidationError({"experts": "请至少选择一位专家。"})
    made: list[ScoreSheet] = []
    for post in posts:
        sheet, created = ScoreSheet.objects.get_or_create(
            run=run, post=post, defaults={"case": case, "assigned_at": clock.now()}
        )
        _grant(case, post, actor, step.name)
        if created:
            made.append(sheet)
    if made:
        record(
            actor,
            "assign_experts",
            case,
            f"指派 {len(made)} 位专家评分",
            data={"posts": [sheet.post_id for sheet in made]},
            scope_code=case.scope_code,
        )
    return made


@transaction.atomic
def save_scores(
    *,
    actor: Actor,
    case_id: int,
    sheet_id: int,
    scores: Mapping[str, tuple[Decimal | None, str]],
    comment: str,
    submit: bool,
) -> ScoreSheet:
    """Save an expert's marks: criterion -> (mark, reason). A draft may be partial.

    On submission every criterion that experts score needs a reason and a mark up to its maximum,
    the set's own or the round's; errors are keyed ``score_<criterion>`` and
    ``reason_<criterion>``. A submitted sheet stays whole: changing it is submitting it again.
    """
    case = lock_case(actor, case_id)
    sheet = ScoreSheet.objects.select_related("run").filter(case=case, pk=sheet_id).first()
    if sheet is None:
        raise Stale("该评分表已撤销。")
    require(may_score(actor, sheet))
    submit = submit or sheet.submitted_at is not None
    errors: dict[str, str] = {}
    criteria = by_experts(spec_of(case.application.criteria_set).criteria)
    strangers = set(scores) - {criterion.key for criterion in criteria}
    if strangers:
        raise ValidationError("该批次的认定标准没有这一条。")
    for criterion in criteria:
        mark, reason = scores.get(criterion.key, (None, ""))
        top = top_of(criterion, case.round.score_max) or Decimal(0)
        if mark is not None and not 0 <= mark <= top:
            errors[f"score_{criterion.key}"] = f"评分应在 0 到 {number_text(top)} 之间。"
        elif submit and mark is None:
            errors[f"score_{criterion.key}"] = f"请为“{criterion.title}”评分。"
        if submit and not reason.strip():
            errors[f"reason_{criterion.key}"] = f"请填写“{criterion.title}”的评分理由。"
    if errors:
        raise ValidationError(errors)
    CriterionScore.objects.filter(sheet=sheet).delete()
    CriterionScore.objects.bulk_create(
        CriterionScore(sheet=sheet, criterion=key, score=mark, reason=reason.strip()[:300])
        for key, (mark, reason) in scores.items()
        if mark is not None or reason.strip()
    )
    sheet.comment, sheet.expert_name = comment.strip(), actor.name
    if submit:
        sheet.submitted_at, sheet.submitted_by = clock.now(), actor.user
    sheet.save()
    record(
        actor,
        "submit_scores" if submit else "save_scores",
        case,
        "提交专家评分" if submit else "暂存专家评分",
        data={
            "sheet": sheet.pk,
            "scores": {key: [str(mark), reason] for key, (mark, reason) in scores.items()},
        },
        scope_code=case.scope_code,
    )
    return sheet
