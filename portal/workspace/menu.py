"""The left menu by task. One table; a row shows for posts that are able to use it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.web import office_url
from reviews.shortlist_queries import lists_something


class Item(NamedTuple):
    """A menu row: its group, label, URL name, and who sees it."""

    group: str
    label: str
    url_name: str
    shown: Callable[[Actor], bool]


def _everyone(actor: Actor) -> bool:
    return True


def _scoped(actor: Actor) -> bool:
    return actor.scope is not None


def _reads_ledger(actor: Actor) -> bool:
    return _scoped(actor) or actor.audits


def _files(actor: Actor) -> bool:
    return actor.can(Can.FILL) or actor.can(Can.SUBMIT)


def _reads_cases(actor: Actor) -> bool:
    return _scoped(actor) or _files(actor) or actor.can(Can.OPINE) or actor.can(Can.SCORE)


def _receives(actor: Actor) -> bool:
    return _scoped(actor) or _files(actor) or actor.can(Can.OPINE)


def _can(*abilities: Can) -> Callable[[Actor], bool]:
    return lambda actor: any(actor.can(ability) for ability in abilities)


ITEMS: tuple[Item, ...] = (
    Item("待办", "工作台", "workspace", _everyone),
    Item("专业镇", "专业镇", "towns", lambda a: _scoped(a) or _files(a)),
    Item("专业镇", "企业", "enterprises", lambda a: _scoped(a) or _files(a)),
    Item("专业镇", "年度数据", "figures", lambda a: _scoped(a) or _files(a)),
    Item("专业镇", "荣誉品牌", "honours", lambda a: _scoped(a) or _files(a)),
    Item("专业镇", "梯次培育", "gaps", lambda a: _scoped(a) or _files(a)),
    Item("专业镇", "导入", "imports", _can(Can.FILL, Can.REGISTER)),
    Item("申报", "申报批次", "rounds", lambda a: _scoped(a) or _files(a)),
    Item("申报", "我的申报", "applications", _files),
    Item("申报", "交给我的部分", "contributions", _can(Can.CONTRIBUTE)),
    Item("评审", "办件", "cases", _reads_cases),
    Item("评审", "推荐名单", "shortlists", lists_something),
    Item("评审", "常用意见", "phrases", _can(Can.HANDLE, Can.OPINE)),
    Item("评审", "会议审定", "meetings", _can(Can.CONVENE)),
    Item("评审", "公示", "notices", _scoped),
    Item("评审", "评审流程", "chains", _scoped),
    Item("评审", "条款分工", "criterion-units-sets", _can(Can.HANDLE)),
    Item("评审", "工作日历", "calendar", _scoped),
    Item("公文", "发文登记簿", "documents", lambda a: _scoped(a) or a.can(Can.OPINE)),
    Item("公文", "收到的公文", "documents-received", _receives),
    Item("公文", "发文字号", "document-numbers", _scoped),
    Item("公文", "批量文件", "batches", _scoped),
    Item("公文", "公文模板", "document-templates", _can(Can.PUBLISH)),
    Item("名单", "认定名单", "roster", lambda a: _scoped(a) or _files(a)),
    Item("标准", "认定标准", "criteria", _everyone),
    Item("标准", "指标目录", "indicators", _scoped),
    Item("标准", "标准模拟", "simulations", _scoped),
    Item("奖补", "政策条款", "policies", _everyone),
    Item("台账", "办理台账", "ledger", _reads_ledger),
    Item("台账", "我的办理记录", "ledger", lambda a: not _reads_ledger(a)),
    Item("台账", "访问记录", "access-log", _can(Can.AUDIT)),
    Item("台账", "日锚", "anchors", _can(Can.AUDIT)),
    Item("机构与账号", "机构与岗位", "offices", lambda a: a.jurisdiction is not None),
    Item("机构与账号", "账号", "accounts", _can(Can.ADMINISTER, Can.SECURE)),
    Item("机构与账号", "权限总表", "access-matrix", _can(Can.ADMINISTER, Can.SECURE, Can.AUDIT)),
    Item("台账", "我的任务", "jobs", _everyone),
)


def menu_for(actor: Actor, path: str) -> list[dict[str, Any]]:
    """Groups in order, each with its items; ``active`` marks where the reader is."""
    groups: dict[str, list[dict[str, Any]]] = {}
    best = 0
    rows: list[tuple[Item, str, int]] = []
    for item in ITEMS:
        if not item.shown(actor):
            continue
        url = office_url(actor, item.url_name)
        address = url.partition("?")[0]
        reach = len(address) if path.startswith(address) else 0
        best = max(best, reach)
        rows.append((item, url, reach))
    for item, url, reach in rows:
        groups.setdefault(item.group, []).append(
            {"label": item.label, "url": url, "active": reach == best and reach > 0}
        )
    return [{"label": label, "items": items} for label, items in groups.items()]
