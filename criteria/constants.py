"""Tables of the criteria: verdicts, wordings, operators, kinds and states of sets, categories."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from portal.core.constants import UNSTATED


class Status(StrEnum):
    """What an assessment says of one criterion or condition."""

    MET = "met"
    NOT_MET = "not_met"
    MAY_RELAX = "may_relax"
    RELAXED = "relaxed"
    NEEDS_JUDGEMENT = "needs_judgement"
    MISSING = "missing"


class StatusRow(NamedTuple):
    """A status with its word, its colour, and its weight when several are joined.

    What is missing weighs more than what a decision may override (未达到 worded 原则上 or 左右), so
    that an unmet condition never hides missing data. ``HARD``: of 未达到 that nobody may override.
    """

    key: Status
    label: str
    tone: str
    weight: int


STATUSES: dict[str, StatusRow] = {
    row.key: row
    for row in (
        StatusRow(Status.MISSING, "缺数据", "warning", 6),
        StatusRow(Status.NOT_MET, "未达到", "danger", 5),
        StatusRow(Status.MAY_RELAX, "可申请放宽", "warning", 4),
        StatusRow(Status.NEEDS_JUDGEMENT, "需评议", "info", 3),
        StatusRow(Status.RELAXED, "已放宽", "info", 2),
        StatusRow(Status.MET, "达到", "success", 1),
    )
}
HARD = 7


class Outcome(StrEnum):
    """What all verdicts of one town come to. It decides nothing: only an office decides."""

    QUALIFIES = "qualifies"
    TO_JUDGE = "to_judge"
    CONDITIONAL = "conditional"
    MISSING = "missing"
    FAILS = "fails"
    NOT_COVERED = "not_covered"


class OutcomeRow(NamedTuple):
    """An outcome with its word, its colour and its place from best to worst."""

    key: Outcome
    label: str
    tone: str
    place: int


OUTCOMES: dict[str, OutcomeRow] = {
    row.key: row
    for row in (
        OutcomeRow(Outcome.QUALIFIES, "各条均达到", "success", 1),
        OutcomeRow(Outcome.TO_JUDGE, "数据条件达到，其余待评议", "success", 2),
        OutcomeRow(Outcome.CONDITIONAL, "须放宽或由审定环节认可", "warning", 3),
        OutcomeRow(Outcome.MISSING, "数据不全", "warning", 4),
        OutcomeRow(Outcome.FAILS, "未达到", "danger", 5),
        OutcomeRow(Outcome.NOT_COVERED, "类别不适用", "neutral", 6),
    )
}
# What it comes to by the weight of the worst status.
OUTCOME_OF: dict[int, Outcome] = {
    HARD: Outcome.FAILS,
    STATUSES[Status.MISSING].weight: Outcome.MISSING,
    STATUSES[Status.NOT_MET].weight: Outcome.CONDITIONAL,
    STATUSES[Status.MAY_RELAX].weight: Outcome.CONDITIONAL,
    STATUSES[Status.NEEDS_JUDGEMENT].weight: Outcome.TO_JUDGE,
    STATUSES[Status.RELAXED].weight: Outcome.QUALIFIES,
    STATUSES[Status.MET].weight: Outcome.QUALIFIES,
}
OUTCOME_CHOICES = [(row.key.value, row.label) for row in OUTCOMES.values()]


class Firmness(StrEnum):
    """How the document words a threshold."""

    FIRM = "firm"
    IN_PRINCIPLE = "in_principle"
    APPROXIMATE = "approximate"


FIRMNESS_LABELS: dict[str, str] = {
    Firmness.FIRM: "",
    Firmness.IN_PRINCIPLE: "原则上",
    Firmness.APPROXIMATE: "左右",
}
FIRMNESS_CHOICES = [
    (Firmness.FIRM.value, "刚性"),
    (Firmness.IN_PRINCIPLE.value, "原则上"),
    (Firmness.APPROXIMATE.value, "左右"),
]


class Operator(NamedTuple):
    """A comparison: its word, what it holds of, and the way in which more is better (1, -1, 0)."""

    word: str
    holds: Callable[[Decimal, Decimal], bool]
    sign: int
    note: str


# Inclusive and exclusive as the documents write them: 以上, 不低于 and 不少于 include the number.
OPERATORS: dict[str, Operator] = {
    "ge": Operator("不低于", operator.ge, 1, "含本数：以上、不低于、不少于、达到"),
    "gt": Operator("高于", operator.gt, 1, "不含本数：超过、高于、大于"),
    "le": Operator("不高于", operator.le, -1, "含本数：以下、不高于、不超过"),
    "lt": Operator("低于", operator.lt, -1, "不含本数：低于、不足、小于"),
    "eq": Operator("为", operator.eq, 0, "是/否和选项用"),
}
OPERATOR_CHOICES = [(key, row.word) for key, row in OPERATORS.items()]

JOINING_CHOICES = [("all", "同时满足"), ("any", "满足其一")]
NATURE_CHOICES = [("judgement", "评议"), ("figures", "数据"), ("mixed", "数据与评议")]
DECISION_CHOICES = [
    ("", UNSTATED),
    ("meeting", "会议审定"),
    ("office", "领导小组办公室决定"),
    ("group", "领导小组决定"),
]

SET_KIND_CHOICES = [
    ("certification", "认定标准"),
    ("evaluation", "年度评估标准"),
    ("contest", "竞赛评选标准"),
]
SET_KINDS = dict(SET_KIND_CHOICES)
SET_STATE_CHOICES = [
    ("draft", "草稿"),
    ("proposed", "待确认发布"),
    ("published", "已发布"),
    ("withdrawn", "已撤回"),
]

SCORE_MODE_CHOICES = [("", UNSTATED), ("expert", "专家评分"), ("bands", "按数据分档计分")]
PASS_RULE_CHOICES = [
    ("", UNSTATED),
    ("all_met", "各条均达到（含已放宽、经评议认可）"),
    ("points", "总分达到合格线"),
    ("both", "各条均达到且总分达到合格线"),
]

INDICATOR_TYPE_CHOICES = [
    ("money", "金额"),
    ("count", "数量"),
    ("percent", "百分比"),
    ("yes_no", "是/否"),
    ("choice", "选项"),
    ("entries", "清单"),
    ("text", "文字"),
]
INDICATOR_SUBJECT_CHOICES = [("town", "专业镇"), ("enterprise", "企业")]
INDICATOR_SOURCE_CHOICES = [("reported", "填报"), ("computed", "计算"), ("answer", "陈述")]
YEAR_RULE_CHOICES = [("latest", "最近一个完整年度"), ("stated", "条件中注明的年度")]
# Where the value of an assessment came from.
ORIGIN_LABELS: dict[str, str] = {
    "reported": "县级填报",
    "confirmed": "年度数据，已确认",
    "computed": "由登记台账计算",
    "declared": "申报时冻结",
    "entered": "本次输入",
}
