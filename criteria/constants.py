"""Tables of the criteria: verdicts, firmness, operators, categories."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """What an assessment says of one criterion or condition."""

    MET = "met"
    NOT_MET = "not_met"
    MAY_RELAX = "may_relax"
    RELAXED = "relaxed"
    NEEDS_JUDGEMENT = "needs_judgement"
    MISSING = "missing"


class StatusRow(NamedTuple):
    """A status with its word, its colour, and its weight when several are joined."""

    key: Status
    label: str
    tone: str
    weight: int


STATUSES: dict[str, StatusRow] = {
    row.key: row
    for row in (
        StatusRow(Status.NOT_MET, "未达到", "danger", 6),
        StatusRow(Status.MISSING, "缺数据", "warning", 5),
        StatusRow(Status.MAY_RELAX, "可申请放宽", "warning", 4),
        StatusRow(Status.NEEDS_JUDGEMENT, "需评议", "info", 3),
        StatusRow(Status.RELAXED, "已放宽", "info", 2),
        StatusRow(Status.MET, "达到", "success", 1),
    )
}


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

OPERATORS: dict[str, tuple[str, Callable[[Decimal, Decimal], bool]]] = {
    "ge": ("不低于", lambda value, threshold: value >= threshold),
    "gt": ("高于", lambda value, threshold: value > threshold),
    "le": ("不高于", lambda value, threshold: value <= threshold),
}
OPERATOR_CHOICES = [(key, label) for key, (label, _) in OPERATORS.items()]

NATURE_CHOICES = [("judgement", "评议"), ("figures", "数据"), ("mixed", "数据与评议")]
SET_STATE_CHOICES = [("draft", "草稿"), ("published", "已发布")]

INDICATOR_TYPE_CHOICES = [
    ("money", "金额"),
    ("count", "数量"),
    ("percent", "百分比"),
    ("text", "文字"),
]
INDICATOR_SUBJECT_CHOICES = [("town", "专业镇"), ("enterprise", "企业")]
INDICATOR_SOURCE_CHOICES = [("reported", "填报"), ("computed", "计算"), ("answer", "陈述")]
