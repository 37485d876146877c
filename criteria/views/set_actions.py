"""What can be done with a criteria set, as one table: a row is a link on the page of the set.

A row shows for those whom its policy allows. ``primary``, ``secondary`` and ``danger`` are buttons
beside the title, ``quiet`` ones stand in the row of tools under it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from criteria import policies
from criteria.models import CriteriaSet
from criteria.simulation_policies import may_simulate
from portal.core.actor import Actor
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.web import office_url


class SetAction(NamedTuple):
    """A link: its words, address, parameters, who gets it, and how it looks."""

    label: str
    url_name: str
    args: Callable[[CriteriaSet], tuple[object, ...]]
    policy: Callable[[Actor, CriteriaSet], Verdict]
    style: str = "secondary"


def by_key(criteria_set: CriteriaSet) -> tuple[object, ...]:
    """The parameters of most addresses."""
    return (criteria_set.key,)


def anybody(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """For whoever reads the page."""
    return ALLOWED


def may_begin_next(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """For whom a copy is the next version."""
    verdict = policies.may_copy(actor, criteria_set)
    return policies.own_set(actor, criteria_set) if verdict.ok else verdict


def may_begin_own(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """For whom a copy is only a starting point."""
    verdict = policies.may_copy(actor, criteria_set)
    if verdict.ok and policies.own_set(actor, criteria_set).ok:
        return refuse("复制本机构的标准即建立下一版。")
    return verdict


# fmt: off
ACTIONS: tuple[SetAction, ...] = (
    SetAction("编制", "criteria-edit", by_key, policies.may_edit_set, "primary"),
    SetAction("提请确认发布", "criteria-propose", by_key, policies.may_propose, "primary"),
    SetAction("确认发布", "criteria-publish", by_key, policies.may_publish, "primary"),
    SetAction("退回修改", "criteria-return", by_key, policies.may_return),
    SetAction("取回修改", "criteria-take-back", by_key, policies.may_take_back),
    SetAction("模拟", "criteria-simulate", by_key, may_simulate),
    SetAction("复制为新版本", "criteria-copy", by_key, may_begin_next),
    SetAction("以此起草本级标准", "criteria-copy", by_key, may_begin_own),
    SetAction("撤回标准", "criteria-withdraw", by_key, policies.may_withdraw, "danger"),
    SetAction("删除草稿", "criteria-discard", by_key, policies.may_discard, "danger"),
    SetAction("试评一个专业镇", "criteria-trial", by_key, anybody, "quiet"),
    SetAction("预览", "criteria-preview", by_key, policies.may_edit_set, "quiet"),
    SetAction("检查", "criteria-check", by_key, policies.may_edit_set, "quiet"),
    SetAction("与其他标准比较", "criteria-compare", by_key, anybody, "quiet"),
    SetAction("导出 JSON", "criteria-export", by_key, anybody, "quiet"),
)
# fmt: on


def set_actions(actor: Actor, criteria_set: CriteriaSet) -> list[dict[str, str]]:
    """The links that a reader of the page gets, in the order of the table."""
    return [
        {
            "text": row.label,
            "url": office_url(actor, row.url_name, *row.args(criteria_set)),
            "tone": row.style,
        }
        for row in ACTIONS
        if row.policy(actor, criteria_set).ok
    ]
