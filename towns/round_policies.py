"""Who may change a round, its quotas, what it asks to see, its extensions, its trial."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from towns.models import Round, Town


def may_change_round(actor: Actor, call: Round) -> Verdict:
    """The posts of the round's own office that open rounds."""
    if actor.is_system:
        return ALLOWED
    if not actor.can(Can.OPEN_ROUND) or actor.office is None or actor.office.pk != call.office_id:
        return refuse(f"“{call.title}”由{call.office.name}设立，由该机构的主任、副主任或经办修改。")
    return ALLOWED


def may_set_quotas(actor: Actor, call: Round) -> Verdict:
    """The round's office, and one below it that was given places to hand down."""
    if not actor.can(Can.OPEN_ROUND) or actor.office is None or actor.level is None:
        return refuse("推荐名额由领导小组办公室的主任、副主任或经办设定。")
    region = actor.office.region
    if region.level.key == "county":
        return refuse(f"{region.name}以下不再分配名额。")
    if actor.office.pk == call.office_id:
        return ALLOWED
    if call.quotas.filter(region=region).exists():
        return ALLOWED
    return refuse(f"{call.office.name}还没有给{region.name}下达名额，不能再往下分配。")


def may_extend(actor: Actor, call: Round) -> Verdict:
    """Directors of the round's own office."""
    if not actor.can(Can.GRANT) or actor.office is None or actor.office.pk != call.office_id:
        return refuse(f"延期由设立批次的{call.office.name}主任、副主任办理。")
    if call.trial:
        return refuse(f"“{call.title}”正在试运行，不受申报时间限制，不用延期。")
    return ALLOWED


def may_extend_for(actor: Actor, call: Round, town: Town) -> Verdict:
    """The same, for a standing town of the round's region."""
    verdict = may_extend(actor, call)
    if not verdict.ok:
        return verdict
    if town.scope_code not in call.office.region.scope:
        return refuse(f"{town.name}不在{call.office.region.name}范围内，不能参加该批次。")
    if town.closed_on is not None:
        return refuse(f"{town.name}已于 {town.closed_on} 撤并或退出，不再申报。")
    return ALLOWED


def may_end_trial(actor: Actor, call: Round) -> Verdict:
    """Throwing the data of a trial away, and making the round official."""
    verdict = may_change_round(actor, call)
    if verdict.ok and not call.trial:
        return refuse(f"“{call.title}”不在试运行，数据不能清除。")
    return verdict
