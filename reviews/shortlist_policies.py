"""Who ranks, confirms and reads shortlists (推荐名单)."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from reviews.chain import CHAINS, Mode, Step
from reviews.models import Shortlist
from towns.models import Round


def listed_step(actor: Actor, call: Round) -> Step | None:
    """The step of the round that the acting office works from a list, if it has one."""
    if actor.scope is None or actor.level is None or actor.office is None:
        return None
    chain = CHAINS[call.chain_key, call.chain_version]
    return next(
        (
            step
            for step in chain.steps
            if step.mode == Mode.SHORTLIST and step.level == actor.level.key
        ),
        None,
    )


def may_rank(actor: Actor, call: Round) -> Verdict:
    """Whoever handles cases, and whoever recommends them, ranks."""
    step = listed_step(actor, call)
    if step is None:
        return refuse("本办公室在该批次没有推荐名单，推荐名单由择优推荐的领导小组办公室拟定。")
    if not actor.can(Can.HANDLE) and not actor.can(step.ability):
        return refuse("推荐名单由领导小组办公室主任、副主任、经办或审核岗位拟定。")
    return ALLOWED


def may_confirm(actor: Actor, call: Round) -> Verdict:
    """Whoever takes the step: the posts that recommend."""
    step = listed_step(actor, call)
    if step is None:
        return refuse("本办公室在该批次没有推荐名单，推荐名单由择优推荐的领导小组办公室确定。")
    if not actor.can(step.ability):
        return refuse("推荐名单由领导小组办公室主任、副主任或审核岗位确定，递补也由其办理。")
    return ALLOWED


def may_draft_letter(actor: Actor, shortlist: Shortlist) -> Verdict:
    """Whoever drafts documents in the office of the list."""
    if listed_step(actor, shortlist.round) is None or not is_own(actor, shortlist):
        return refuse(f"推荐函由{shortlist.office.name}拟稿。")
    if not actor.can(Can.PUBLISH):
        return refuse("推荐函由领导小组办公室主任、副主任或经办岗位拟稿。")
    return ALLOWED


def is_own(actor: Actor, shortlist: Shortlist) -> bool:
    """Whether it is the acting office's list."""
    return actor.office is not None and actor.office.pk == shortlist.office_id
