"""The portal's own tables: levels, kinds of office, kinds of post and what each may do.

Choices, menus, permission checks and tests derive from these rows; adding one is adding a row.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

UNSTATED = "未载明"
COUNT_CAP = 1000


class Level(NamedTuple):
    """A level of administration; ``digits`` of a GB/T 2260 code name a region of it."""

    key: str
    label: str
    adjective: str
    digits: int


LEVELS: dict[str, Level] = {
    level.key: level
    for level in (
        Level("county", "县(市、区)", "县级", 6),
        Level("city", "市", "市级", 4),
        Level("province", "省", "省级", 2),
    )
}
LEVEL_CHOICES = [(level.key, level.adjective) for level in LEVELS.values()]


class RegionKind(NamedTuple):
    """A kind of region and the level its leading-group office works at."""

    key: str
    label: str
    level: str


# Development zones (示范区, 经开区) are regions of their own kind under a city; their offices work
# as a county's does.
REGION_KINDS: dict[str, RegionKind] = {
    **{level.key: RegionKind(level.key, level.label, level.key) for level in LEVELS.values()},
    "zone": RegionKind("zone", "开发区、示范区", "county"),
}
REGION_KIND_CHOICES = [(kind.key, kind.label) for kind in REGION_KINDS.values()]


def region_kinds_of(level: str) -> list[str]:
    """The kinds of region whose offices work at a level."""
    return [kind.key for kind in REGION_KINDS.values() if kind.level == level]


class OfficeKind(StrEnum):
    """What an office is to the leading group."""

    LEADING_GROUP_OFFICE = "leading_group_office"
    MEMBER_UNIT = "member_unit"
    FILING_UNIT = "filing_unit"


OFFICE_KIND_CHOICES = [
    (OfficeKind.LEADING_GROUP_OFFICE.value, "领导小组办公室"),
    (OfficeKind.MEMBER_UNIT.value, "成员单位"),
    (OfficeKind.FILING_UNIT.value, "填报单位"),
]


class Can(StrEnum):
    """What a kind of post is able to do; policies add the where and the when."""

    FILL = "fill"
    SUBMIT = "submit"
    CONTRIBUTE = "contribute"
    HANDLE = "handle"
    RECOMMEND = "recommend"
    OPINE = "opine"
    SCORE = "score"
    CONVENE = "convene"
    PUBLISH = "publish"
    CHECK = "check"
    ISSUE = "issue"
    OPEN_ROUND = "open_round"
    EXPORT = "export"
    REGISTER = "register"
    CONFIRM = "confirm"
    AUTHOR = "author"
    ENACT = "enact"
    APPOINT = "appoint"
    GRANT = "grant"
    AUDIT = "audit"
    ADMINISTER = "administer"
    SECURE = "secure"


class PostKind(NamedTuple):
    """A kind of post. ``scoped`` posts see their office's region; others what they were given.

    ``exclusive`` posts (三员) are never held by one person together; ``deputable`` ones may be held
    by a deputy for a period.
    """

    key: str
    label: str
    office_kind: OfficeKind
    scoped: bool
    can: frozenset[Can]
    rank: int
    exclusive: bool = False
    deputable: bool = True


_OFFICE = OfficeKind.LEADING_GROUP_OFFICE
_CLERK = {
    Can.HANDLE,
    Can.PUBLISH,
    Can.CONVENE,
    Can.EXPORT,
    Can.OPEN_ROUND,
    Can.REGISTER,
    Can.CONFIRM,
    Can.AUTHOR,
}

POST_KINDS: dict[str, PostKind] = {
    kind.key: kind
    for kind in (
        PostKind("leader", "组长", _OFFICE, True, frozenset({Can.EXPORT}), 10),
        PostKind("deputy_leader", "副组长", _OFFICE, True, frozenset({Can.EXPORT}), 11),
        PostKind("office_director", "办公室主任", _OFFICE, True,
                 frozenset(_CLERK | {Can.RECOMMEND, Can.CHECK, Can.ISSUE, Can.APPOINT, Can.GRANT,
                                     Can.ENACT}),
                 20),
        PostKind("office_deputy_director", "办公室副主任", _OFFICE, True,
                 frozenset(_CLERK | {Can.RECOMMEND, Can.CHECK, Can.APPOINT, Can.GRANT, Can.ENACT}),
                 21),
        PostKind("clerk", "经办", _OFFICE, True, frozenset(_CLERK), 30),
        PostKind("checker", "审核", _OFFICE, True,
                 frozenset({Can.HANDLE, Can.RECOMMEND, Can.CHECK, Can.EXPORT, Can.CONFIRM}), 31),
        PostKind("signer", "签发", _OFFICE, True, frozenset({Can.ISSUE, Can.EXPORT}), 32),
        PostKind("member", "成员", OfficeKind.MEMBER_UNIT, False, frozenset({Can.OPINE}), 40),
        PostKind("filer", "填报人", OfficeKind.FILING_UNIT, False, frozenset({Can.FILL}), 50),
        PostKind("submitter", "提交人", OfficeKind.FILING_UNIT, False,
                 frozenset({Can.SUBMIT}), 51),
        PostKind("contact", "填报联系人", OfficeKind.FILING_UNIT, False,
                 frozenset({Can.CONTRIBUTE}), 52),
        PostKind("expert", "专家", _OFFICE, False, frozenset({Can.SCORE}), 60,
                 deputable=False),
        PostKind("system_admin", "系统管理员", _OFFICE, False,
                 frozenset({Can.ADMINISTER, Can.APPOINT}), 90, exclusive=True, deputable=False),
        PostKind("security_admin", "安全管理员", _OFFICE, False, frozenset({Can.SECURE}), 91,
                 exclusive=True, deputable=False),
        PostKind("auditor", "审计员", _OFFICE, False, frozenset({Can.AUDIT}), 92,
                 exclusive=True, deputable=False),
    )
}  # fmt: skip
POST_KIND_CHOICES = [(kind.key, kind.label) for kind in POST_KINDS.values()]


class JobState(StrEnum):
    """States of long work."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


JOB_STATE_CHOICES = [
    (JobState.QUEUED.value, "排队中"),
    (JobState.RUNNING.value, "进行中"),
    (JobState.DONE.value, "已完成"),
    (JobState.FAILED.value, "未完成"),
]


class Scan(StrEnum):
    """What is known of a file from the virus scanner."""

    UNSCANNED = "unscanned"
    CLEAN = "clean"
    INFECTED = "infected"
    FAILED = "failed"
    MADE = "made"


SCAN_CHOICES = [
    (Scan.UNSCANNED.value, "未查病毒"),
    (Scan.CLEAN.value, "未发现病毒"),
    (Scan.INFECTED.value, "发现病毒"),
    (Scan.FAILED.value, "扫描未完成"),
    (Scan.MADE.value, "系统生成"),
]
SCAN_TONES: dict[str, str] = {
    Scan.UNSCANNED: "neutral",
    Scan.CLEAN: "success",
    Scan.INFECTED: "danger",
    Scan.FAILED: "warning",
    Scan.MADE: "neutral",
}


class Preview(StrEnum):
    """How far the page images of a file are."""

    NOT_MADE = "not_made"
    MAKING = "making"
    READY = "ready"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"


PREVIEW_CHOICES = [
    (Preview.NOT_MADE.value, "未生成"),
    (Preview.MAKING.value, "生成中"),
    (Preview.READY.value, "可预览"),
    (Preview.UNSUPPORTED.value, "不能预览"),
    (Preview.FAILED.value, "生成失败"),
]
# Findings of the checks that do not keep a file out but are shown beside it.
FILE_FLAGS: dict[str, str] = {
    "script": "含脚本",
    "attachments": "含嵌入附件",
    "external_links": "含外部链接引用",
    "signed": "含数字签名",
}


class ImportState(StrEnum):
    """States of an import."""

    WAITING = "waiting"
    REHEARSED = "rehearsed"
    COMMITTING = "committing"
    COMMITTED = "committed"
    ABANDONED = "abandoned"
    FAILED = "failed"


IMPORT_STATE_CHOICES = [
    (ImportState.WAITING.value, "检查中"),
    (ImportState.REHEARSED.value, "待确认"),
    (ImportState.COMMITTING.value, "导入中"),
    (ImportState.COMMITTED.value, "已导入"),
    (ImportState.ABANDONED.value, "已放弃"),
    (ImportState.FAILED.value, "未完成"),
]
IMPORT_TONES: dict[str, str] = {
    ImportState.WAITING: "info",
    ImportState.REHEARSED: "warning",
    ImportState.COMMITTING: "info",
    ImportState.COMMITTED: "success",
    ImportState.ABANDONED: "neutral",
    ImportState.FAILED: "danger",
}

DOCUMENT_STATE_CHOICES = [
    ("draft", "拟稿"),
    ("checking", "核稿"),
    ("cosigning", "会签"),
    ("signing", "签发"),
    ("issued", "已印发"),
]
OPENNESS_CHOICES = [("open", "主动公开"), ("request", "依申请公开"), ("closed", "不予公开")]
NUMBER_SOURCE_CHOICES = [("portal", "由平台编号"), ("register", "按本单位发文登记簿填写")]
NUMBER_STATE_CHOICES = [("used", "已用"), ("void", "作废")]
RENDITION_KIND_CHOICES = [("unsigned", "未盖章版"), ("signed", "签章版"), ("scanned", "扫描版")]
SHEET_STEP_CHOICES = [
    ("draft", "拟稿"),
    ("check", "核稿"),
    ("cosign", "会签"),
    ("issue", "签发"),
]
SHEET_DECISION_CHOICES = [("submit", "送核"), ("agree", "同意"), ("return", "退回修改"),
                          ("recall", "撤回")]  # fmt: skip
COSIGN_STATE_CHOICES = [("waiting", "待会签"), ("agreed", "同意"), ("returned", "退回修改")]
# What a document does to an earlier one, and how the earlier one then stands.
DOCUMENT_RELATION_CHOICES = [("corrects", "更正"), ("supersedes", "替代"), ("revokes", "撤销")]
DOCUMENT_STANDING = {"corrects": "已更正", "supersedes": "已被替代", "revokes": "已撤销"}
TEMPLATE_STATE_CHOICES = [("draft", "草稿"), ("current", "在用"), ("retired", "停用")]
BATCH_ITEM_STATE_CHOICES = [("waiting", "等待"), ("done", "完成"), ("failed", "未完成")]


class AccessKind(NamedTuple):
    """A row of the unchained stream: what a person looked at, took out or tried."""

    key: str
    label: str


ACCESS_KINDS: dict[str, AccessKind] = {
    kind.key: kind
    for kind in (
        AccessKind("view", "查阅"),
        AccessKind("download", "下载"),
        AccessKind("export", "导出"),
        AccessKind("sign_in", "登录"),
        AccessKind("sign_in_failed", "登录失败"),
        AccessKind("locked", "账号锁定"),
        AccessKind("sign_out", "退出"),
        AccessKind("refused", "拒绝操作"),
    )
}
ACCESS_KIND_CHOICES = [(kind.key, kind.label) for kind in ACCESS_KINDS.values()]
LEDGER_OUTCOME_CHOICES = [("ok", "成功"), ("refused", "拒绝"), ("failed", "失败")]
# Who may read an entry besides the office that made it and those above: nobody, or the town. What
# a filing unit does before it submits is its own; only auditors read it too.
AUDIENCE_CHOICES = [
    ("office", "本机构及上级"),
    ("filer", "申报单位可见"),
    ("unit", "申报单位内部"),
]
OFFICE_CHANGE_CHOICES = [
    ("rename", "更名"),
    ("merge", "合并"),
    ("split", "拆分"),
    ("close", "撤销"),
]
LEAVE_KIND_CHOICES = [("leave", "请假"), ("training", "学习培训"), ("secondment", "借调、挂职")]
