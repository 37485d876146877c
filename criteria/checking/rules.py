"""The checks of a draft, gathered in the order of the set. No ORM, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from criteria.checking.conditions import check_conditions
from criteria.checking.scoring import check_points, check_scoring
from criteria.checking.shape import SEVERITIES, Checked, CheckFinding, Severity, place_of
from criteria.specs import CriterionSpec

BLOCKING, ADVICE, UNSTATED = Severity.BLOCKING, Severity.ADVICE, Severity.UNSTATED
FACTS = "标准基本信息"


def check(draft: Checked) -> list[CheckFinding]:
    """Everything found in a draft: the whole set first, then criterion by criterion."""
    found = [*_facts(draft), *_keys(draft), *check_points(draft)]
    for number, row in enumerate(draft.spec.criteria, start=1):
        found += _criterion(number, row)
        found += check_conditions(draft, number, row)
        found += check_scoring(draft, number, row)
    return found


def blocking(findings: Iterable[CheckFinding]) -> list[CheckFinding]:
    """Those that keep a draft from being proposed."""
    return [row for row in findings if row.severity == BLOCKING]


def counted(findings: Sequence[CheckFinding]) -> dict[str, int]:
    """How many there are of each severity."""
    return {key: sum(1 for row in findings if row.severity == key) for key in SEVERITIES}


def counts_said(findings: Sequence[CheckFinding]) -> str:
    """须改正 2 处，提醒 5 处，未载明 3 处; 没有发现问题 when there is nothing."""
    counts = counted(findings)
    parts = [f"{row.label} {counts[key]} 处" for key, row in SEVERITIES.items() if counts[key]]
    return "，".join(parts) or "没有发现问题"


def _facts(draft: Checked) -> Iterator[CheckFinding]:
    if not draft.spec.criteria:
        yield CheckFinding(BLOCKING, "no_criteria", "还没有认定条件，请先增加条目。", FACTS)
    begin, end = draft.effective_from, draft.effective_to
    if begin is not None and end is not None and end < begin:
        yield CheckFinding(BLOCKING, "days", "失效日期早于施行日期，请改正日期。", FACTS)
    if begin is None:
        yield CheckFinding(UNSTATED, "days", "施行日期未载明。", FACTS)
    if end is None:
        yield CheckFinding(UNSTATED, "days", "失效日期（有效期）未载明。", FACTS)
    if not draft.spec.categories:
        yield CheckFinding(UNSTATED, "categories", "类别未载明，标准适用于全部类别。", FACTS)
    if draft.silent:
        yield CheckFinding(UNSTATED, "silent", f"文件未载明：{'、'.join(draft.silent)}。", FACTS)


def _keys(draft: Checked) -> Iterator[CheckFinding]:
    """Relaxations are asked for and granted by the key of a condition: it stands once in a set."""
    seen: dict[str, str] = {}
    for number, row in enumerate(draft.spec.criteria, start=1):
        for spot, item in enumerate(row.conditions, start=1):
            place = place_of(number, row, spot)
            if item.key in seen:
                message = (
                    f"与{seen[item.key]}的标识（{item.key}）相同，放宽时分不清是哪一个。"
                    "请移除这个条件后重新添加。"
                )
                yield CheckFinding(BLOCKING, "key_twice", message, place, row.key, item.key)
            seen.setdefault(item.key, place)


def _criterion(number: int, row: CriterionSpec) -> Iterator[CheckFinding]:
    place = place_of(number, row)

    def said(severity: Severity, code: str, message: str) -> CheckFinding:
        return CheckFinding(severity, code, message, place, row.key)

    if not row.text.strip():
        yield said(BLOCKING, "no_text", "没有条款原文，请录入。")
    if not row.clause.strip():
        yield said(BLOCKING, "no_clause", "没有条款号，请填写文件中的条款号。")
    if not row.title.strip():
        yield said(BLOCKING, "no_title", "没有条目名称，请填写。")
    banded = row.scoring.mode == "bands" and row.scoring.bands
    if row.nature == "figures" and not row.conditions and not banded:
        message = "性质为“数据”，但没有条件，也没有按数据分档计分，请增加条件或改为评议。"
        yield said(BLOCKING, "no_condition", message)
    if row.nature == "mixed" and not row.conditions:
        message = "性质为“数据与评议”，但没有条件，评定时只看评议。"
        yield said(ADVICE, "no_condition", message)
    if row.nature == "judgement" and row.conditions:
        message = "性质为“评议”，但设有条件，评定时按数据与评议办理。"
        yield said(ADVICE, "nature", message)
    if row.nature != "figures" and not row.ask.strip():
        yield said(ADVICE, "ask", "没有填报提示，申报人不知道要说明什么。")
