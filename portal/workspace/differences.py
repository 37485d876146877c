"""What an entry of the ledger says, field by field, in words.

The stored texts are canonical JSON whose keys are names of fields, of indicators or of the portal's
own tables. A name is looked up in those, and stands for itself where nothing explains it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from criteria.constants import (
    DECISION_CHOICES,
    FIRMNESS_CHOICES,
    JOINING_CHOICES,
    NATURE_CHOICES,
    OPERATOR_CHOICES,
    SCORE_MODE_CHOICES,
)
from criteria.models import Indicator
from portal.core.constants import LEAVE_KIND_CHOICES, OFFICE_KIND_CHOICES, POST_KIND_CHOICES
from portal.core.formatting import DASH
from portal.core.models import LedgerEntry
from portal.core.workbooks.spec import OUTCOMES as OUTCOMES_OF_IMPORTS
from reviews.chain import CHAINS, OUTCOMES
from reviews.models.judging import OPINION_CHOICES
from towns.constants import FUNCTION_STATE_CHOICES, ROLE_CHOICES, SERVICE_FUNCTIONS

LABELS: dict[str, str] = {
    **dict(SERVICE_FUNCTIONS),
    **OUTCOMES_OF_IMPORTS,
    "added_kinds": "新增的种类",
    "algorithm": "校验算法",
    "certified": "补录的认定（项）",
    "counts": "行数",
    "asks": "已核对与上年相差百倍的行",
    "enterprises_added": "新登记的企业（家）",
    "memberships_added": "新进入名单（家）",
    "renamed": "更名",
    "roles_changed": "角色变更（家）",
    "figures": "写入的数值（个）",
    "registered": "新登记的专业镇（个）",
    "towns": "专业镇",
    "years": "年度",
    "after": "变更后",
    "appointment": "任职编号",
    "before": "变更前",
    "body": "正文",
    "cases": "办件编号",
    "categories": "分级类别",
    "condition": "条件",
    "copy_to": "抄送",
    "certification": "认定编号",
    "criterion": "认定条件",
    "ask": "填报提示",
    "bands": "分档",
    "clause": "条款号",
    "conditions": "条件（原文）",
    "digest": "文件校验值",
    "document": "公文编号",
    "ends_on": "结束日期",
    "evidence": "材料编号",
    "file": "文件",
    "from": "自",
    "further_counties": "跨县域",
    "grant": "授权编号",
    "granted_by": "授权人编号",
    "group": "岗位组编号",
    "into": "承接机构编号",
    "key": "标识",
    "kind": "类别",
    "leave": "请假编号",
    "length": "字数",
    "line": "行号",
    "main_products": "主要产品",
    "meeting": "会议编号",
    "minutes": "会议纪要",
    "name": "姓名或名称",
    "notice": "公示编号",
    "number": "文号",
    "office": "机构",
    "offices": "机构编号",
    "on": "日期",
    "opinion": "意见",
    "outcome": "办理结果",
    "paper": "文件编号",
    "nature": "怎样评定",
    "phone": "电话",
    "place": "第几条",
    "post": "岗位",
    "posts": "岗位编号",
    "reason": "原因",
    "results": "审议结果",
    "revision": "提交次数",
    "revoked": "已撤销",
    "role": "角色",
    "rows": "行数",
    "rubric": "评分参考",
    "score_max": "满分",
    "low": "最低分",
    "high": "最高分",
    "words": "什么情况",
    "indicator": "指标",
    "steps": "各档",
    "score_mode": "计分方式",
    "run": "环节记录编号",
    "scores": "评分",
    "sha256": "文件校验值（SHA-256）",
    "sheet": "评分表编号",
    "since": "自",
    "size": "文件大小（字节）",
    "snapshot_sha256": "申报材料校验值（SHA-256）",
    "source": "依据",
    "state": "状态",
    "step": "环节",
    "text": "内容",
    "title": "标题",
    "to": "至",
    "town_into": "承接的专业镇",
    "until": "至",
    "user": "人员编号",
    "uscc": "统一社会信用代码",
    "valid_from": "有效期自",
    "valid_to": "有效期至",
    "verdict": "意见",
    "withdrawn_on": "停用日期",
    "operator": "比较",
    "threshold": "数值",
    "firmness": "用语",
    "quote": "原文",
    "relaxation_quote": "允许放宽的原文",
    "floor": "放宽后仍须达到",
    "grounds": "放宽的数据条件",
    "preconditions": "放宽的前提",
    "decision": "放宽由谁决定",
    "joining": "条件之间的关系",
    "groups": "条件组",
    "label": "组名",
    "members": "条件和所在的组",
    "priorities": "优先评定情形",
    "order": "第几个",
    "year": "年度",
}
WORDS: dict[str, dict[str, str]] = {
    "outcome": {key: row.done for key, row in OUTCOMES.items()},
    "results": {key: row.done for key, row in OUTCOMES.items()},
    "step": {step.key: step.name for chain in CHAINS.values() for step in chain.steps},
    "verdict": dict(OPINION_CHOICES),
    "role": dict(ROLE_CHOICES),
    "operator": dict(OPERATOR_CHOICES),
    "firmness": dict(FIRMNESS_CHOICES),
    "decision": dict(DECISION_CHOICES),
    "joining": dict(JOINING_CHOICES),
    "nature": dict(NATURE_CHOICES),
    "score_mode": dict(SCORE_MODE_CHOICES),
    "kind": dict(POST_KIND_CHOICES) | dict(OFFICE_KIND_CHOICES) | dict(LEAVE_KIND_CHOICES),
    **{key: dict(FUNCTION_STATE_CHOICES) for key, _ in SERVICE_FUNCTIONS},
}


class Difference(NamedTuple):
    """A field before and after."""

    label: str
    before: str
    after: str

    @property
    def changed(self) -> bool:
        """Whether the field was changed."""
        return self.before != self.after


class Reading:
    """Turns the texts of entries into words; indicators are asked for once, when one is met."""

    def __init__(self) -> None:
        self._indicators: dict[str, str] | None = None

    def differences(self, entry: LedgerEntry) -> list[Difference]:
        """Every field of before and after, those that changed first."""
        before, after = changes_of(entry)
        model = model_of(entry)
        rows = [
            Difference(
                self.label(key, model),
                self.value(key, before.get(key), model),
                self.value(key, after.get(key), model),
            )
            for key in dict.fromkeys([*before, *after])
        ]
        return sorted(rows, key=lambda row: not row.changed)

    def details(self, entry: LedgerEntry) -> list[tuple[str, str]]:
        """What belongs to the entry besides."""
        data, model = _parsed(entry.payload), model_of(entry)
        if not entry.before and not entry.after and _pair(data):
            data = {key: value for key, value in data.items() if key not in ("before", "after")}
        return [(self.label(key, model), self.value(key, data[key], model)) for key in data]

    def text(self, entry: LedgerEntry) -> tuple[str, str, str]:
        """Before, after and the rest, each in one text, for a sheet."""
        rows = self.differences(entry)
        return (
            "；".join(f"{row.label}：{row.before}" for row in rows),
            "；".join(f"{row.label}：{row.after}" for row in rows),
            "；".join(f"{label}：{value}" for label, value in self.details(entry)),
        )

    def label(self, key: str, model: type[models.Model] | None) -> str:
        """What a field is called."""
        field = _field(model, key)
        if field is not None and str(field.verbose_name) != key.replace("_", " "):
            return str(field.verbose_name)
        if key in LABELS or not key.isascii():
            return LABELS.get(key, key)
        return self._indicator_names().get(key, key)

    def value(self, key: str, value: Any, model: type[models.Model] | None) -> str:
        """A value in words; a dash where there is none."""
        if value is None or value in ("", [], {}):
            return DASH
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, Mapping):
            return "；".join(
                f"{self.label(str(name), model)}：{self.value(key, part, None)}"
                for name, part in value.items()
            )
        if isinstance(value, list):
            return "、".join(self.value(key, part, model) for part in value)
        moment = parse_datetime(value) if isinstance(value, str) and "T" in value[:11] else None
        if moment is not None and timezone.is_aware(moment):
            return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"
        if key == "indicator":
            return self._indicator_names().get(str(value), str(value))
        field = _field(model, key)
        choices = dict(field.flatchoices) if field is not None and field.flatchoices else {}
        return str(choices.get(value) or WORDS.get(key, {}).get(str(value)) or value)

    def _indicator_names(self) -> dict[str, str]:
        if self._indicators is None:
            self._indicators = dict(Indicator.objects.values_list("key", "name"))
        return self._indicators


def changes_of(entry: LedgerEntry) -> tuple[dict[str, Any], dict[str, Any]]:
    """Before and after; entries of the first scheme carry them in their payload."""
    if entry.before or entry.after:
        return _parsed(entry.before), _parsed(entry.after)
    data = _parsed(entry.payload)
    return (data["before"], data["after"]) if _pair(data) else ({}, {})


def model_of(entry: LedgerEntry) -> type[models.Model] | None:
    """The model of what the entry is about; None for one that exists no longer."""
    try:
        return apps.get_model(entry.chain.partition(":")[0])
    except (LookupError, ValueError):
        return None


def _pair(data: dict[str, Any]) -> bool:
    return isinstance(data.get("before"), dict) and isinstance(data.get("after"), dict)


def _parsed(text: str) -> dict[str, Any]:
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {"text": found}


def _field(model: type[models.Model] | None, key: str) -> models.Field[Any, Any] | None:
    if model is None:
        return None
    for field in model._meta.concrete_fields:
        if key in (field.name, field.attname):
            return field
    return None
