"""Who may author, publish and withdraw criteria; each answer gives its reason in words."""

from __future__ import annotations

from criteria.models import CriteriaSet
from portal.core.actor import Actor
from portal.core.constants import LEVELS, Can
from portal.core.errors import ALLOWED, Verdict, refuse

NOT_AUTHOR = "编制标准由领导小组办公室的经办、主任、副主任办理。"
PROPOSED_BY_SELF = (
    "提请发布和确认发布须由两人办理：由没有参与编制的另一位主任或副主任确认；需要修改的，请取回。"
)
TOOK_PART = (
    "您参与了本标准的编制或提请，不能确认发布。"
    "由没有参与编制的另一位主任或副主任确认；需要修改的，请退回。"
)
NOT_ENACTING = "确认发布、撤回标准由领导小组办公室主任、副主任办理。"


def may_author(actor: Actor) -> Verdict:
    """Whether the post drafts criteria of its own level and region at all."""
    if actor.level is None or actor.office is None or not actor.can(Can.AUTHOR):
        return refuse(NOT_AUTHOR)
    return ALLOWED


def own_set(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """Whether the set is one of the acting office's own level and region."""
    if actor.office is None or criteria_set.region_id != actor.office.region_id:
        return refuse("只能办理本行政区划的标准。")
    if actor.level is None or actor.level.key != criteria_set.level:
        return refuse(f"该标准由{LEVELS[criteria_set.level].adjective}领导小组办公室办理。")
    return ALLOWED


def may_copy(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """Whether the post may begin a draft of its own with what the set says."""
    verdict = may_author(actor)
    if not verdict.ok:
        return verdict
    if not criteria_set.is_fixed:
        return refuse("只能复制已发布的标准；草稿请直接修改。")
    return ALLOWED


def may_edit_set(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """Whether the draft may be changed now."""
    for verdict in (may_author(actor), own_set(actor, criteria_set)):
        if not verdict.ok:
            return verdict
    if criteria_set.state == "proposed":
        return refuse("该标准已提请确认发布，不能修改。需要修改的，请先取回或由确认人退回。")
    if criteria_set.state != "draft":
        return refuse("已发布的标准不能修改。需要调整的，请复制为新版本。")
    return ALLOWED


def may_propose(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """Whether the draft may be handed to a second person for publication."""
    return may_edit_set(actor, criteria_set)


def may_take_back(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """Whether a proposal may go back to being a draft, by the side that proposed it."""
    for verdict in (may_author(actor), own_set(actor, criteria_set)):
        if not verdict.ok:
            return verdict
    if criteria_set.state != "proposed":
        return refuse("该标准没有提请确认发布。")
    return ALLOWED


def may_return(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """Whether the proposal may be returned by this person: who proposed it takes it back."""
    verdict = own_set(actor, criteria_set)
    if not verdict.ok:
        return verdict
    if not actor.can(Can.ENACT):
        return refuse(NOT_ENACTING)
    if criteria_set.state != "proposed":
        return refuse("该标准没有提请确认发布。")
    if actor.user is not None and criteria_set.proposed_by_id == actor.user.pk:
        return refuse(PROPOSED_BY_SELF)
    return ALLOWED


def may_publish(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """Whether the proposal may be confirmed by this person: nobody who had a hand in it may."""
    verdict = may_return(actor, criteria_set)
    if verdict.ok and actor.user is not None and actor.user.pk in criteria_set.editors:
        return refuse(TOOK_PART)
    return verdict


def why_not_confirming(actor: Actor, criteria_set: CriteriaSet) -> str:
    """What a director is told who had a hand in the proposal; empty for everybody else."""
    verdict = may_publish(actor, criteria_set)
    return verdict.reason if verdict.reason in (PROPOSED_BY_SELF, TOOK_PART) else ""


def may_withdraw(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """Whether a published set may be withdrawn."""
    verdict = own_set(actor, criteria_set)
    if not verdict.ok:
        return verdict
    if not actor.can(Can.ENACT):
        return refuse(NOT_ENACTING)
    if criteria_set.state != "published":
        return refuse("只有已发布的标准可以撤回。")
    return ALLOWED


def may_discard(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """Whether a draft may be thrown away."""
    return may_edit_set(actor, criteria_set)
