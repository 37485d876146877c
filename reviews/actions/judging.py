"""Assigning experts, and their scores."""

from __future__ import annotations

from collections.abc import Mapping
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
from portal.core.models import Post
from reviews.actions.consulting import open_to
from reviews.actions.moving import lock_case, open_run
from reviews.chain import Mode
from reviews.models import CriterionScore, ScoreSheet
from reviews.policies import may_score, may_take_step


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
        open_to(case, post, actor, step.name)
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
