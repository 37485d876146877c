"""The home page of those who keep offices, posts and accounts: what is vacant, locked, waiting."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.web import office_url
from portal.workspace.account_queries import STATES, AccountFilter, filter_accounts
from portal.workspace.office_queries import OfficeFilter, filter_offices
from portal.workspace.queries import counted

ACCOUNT_STATES = ("pending", "locked", "expired", "disabled")


def keeps(actor: Actor) -> bool:
    """System administrators and security administrators."""
    return actor.can(Can.ADMINISTER) or actor.can(Can.SECURE)


def keeping(actor: Actor) -> dict[str, Any]:
    """The figures, each the count of the list behind it, and where the work is done."""
    offices, accounts = office_url(actor, "offices"), office_url(actor, "accounts")
    return {
        "keeping_figures": [
            {
                "label": "现有机构",
                "text": counted(filter_offices(actor, OfficeFilter())).text,
                "url": offices,
            },
            {
                "label": "有空缺岗位的机构",
                "text": counted(filter_offices(actor, OfficeFilter(vacant=True))).text,
                "url": f"{offices}&vacant=1",
            },
            *(
                {
                    "label": f"{STATES[state][0]}账号",
                    "text": counted(filter_accounts(actor, AccountFilter(state=state))).text,
                    "url": f"{accounts}&{urlencode({'state': state})}",
                }
                for state in ACCOUNT_STATES
            ),
        ],
        "home_links": [
            ("机构与岗位", offices, "机构、岗位、任职、请假、代理和有效授权"),
            ("账号", accounts, "登记账号、签发激活单、停用启用，查看锁定"),
            ("权限总表", office_url(actor, "access-matrix"), "各类岗位能办理什么、不能办理什么"),
            ("我的任务", office_url(actor, "jobs"), "导出、导入等任务的进度和结果"),
        ],
    }
