"""Pure assessment: a criteria set and values in, a verdict per criterion out. No ORM, no I/O.

原则上 and 左右 are wordings of the documents, not walls: an unmet condition so worded is a warning
that a decision may override. Relaxation (放宽, 晋政办发〔2022〕80号 二(四)) is never automatic: the
assessment only says that it may be applied for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from criteria.constants import FIRMNESS_LABELS, OPERATORS, STATUSES, Firmness, Status


class ConditionSpec(NamedTuple):
    """An executable condition; ``threshold`` and ``floor`` in the base unit (yuan, %)."""

    key: str
    indicator: str
    indicator_name: str
    unit: str
    type: str
    operator: str
    threshold: Decimal
    firmness: str
    categories: tuple[str, ...]
    quote: str
    floor: Decimal | None = None
    relaxation_quote: str = ""


class PrioritySpec(NamedTuple):
    """A ground for priority (优先评定): raises a flag, never points."""

    indicator: str
    operator: str
    threshold: Decimal
    quote: str


class CriterionSpec(NamedTuple):
    """One criterion with its verbatim text."""

    key: str
    ordinal: int
    clause: str
    title: str
    text: str
    nature: str
    ask: str
    conditions: tuple[ConditionSpec, ...]
    priorities: tuple[PrioritySpec, ...]


class SetSpec(NamedTuple):
    """A criteria set, ready to assess with."""

    pk: int
    title: str
    document_number: str
    categories: tuple[tuple[str, str], ...]
    criteria: tuple[CriterionSpec, ...]


class Finding(NamedTuple):
    """What one condition gives: the figure, the threshold and why."""

    condition: str
    indicator: str
    indicator_name: str
    type: str
    unit: str
    value: Decimal | None
    operator: str
    threshold: Decimal
    firmness: str
    status: Status
    overridable: bool
    reason: str
    quote: str


class CriterionVerdict(NamedTuple):
    """The verdict of one criterion."""

    key: str
    ordinal: int
    clause: str
    title: str
    text: str
    status: Status
    overridable: bool
    priority: bool
    findings: tuple[Finding, ...]


def assess(
    spec: SetSpec,
    category: str,
    values: Mapping[str, Decimal | None],
    *,
    answered: Iterable[str] = (),
    relaxed: Iterable[str] = (),
) -> tuple[CriterionVerdict, ...]:
    """Assess a town of one category.

    ``values``: indicator key -> value in base units, None or absent when there is no figure.
    ``answered``: criteria for which a statement was written (a judgement without one is missing).
    ``relaxed``: keys of conditions that a decision has relaxed.
    """
    answered_keys, relaxed_keys = frozenset(answered), frozenset(relaxed)
    return tuple(
        _criterion(criterion, category, values, answered_keys, relaxed_keys)
        for criterion in spec.criteria
    )


def _criterion(
    criterion: CriterionSpec,
    category: str,
    values: Mapping[str, Decimal | None],
    answered: frozenset[str],
    relaxed: frozenset[str],
) -> CriterionVerdict:
    findings = tuple(
        _finding(condition, values.get(condition.indicator), condition.key in relaxed)
        for condition in criterion.conditions
        if not condition.categories or category in condition.categories
    )
    statuses = [finding.status for finding in findings]
    if criterion.nature != "figures":
        statuses.append(Status.NEEDS_JUDGEMENT if criterion.key in answered else Status.MISSING)
    elif not findings:
        # The document sets no threshold for this category: the office judges.
        statuses.append(Status.NEEDS_JUDGEMENT)
    status = max(statuses, key=lambda item: STATUSES[item].weight)
    unmet = [finding for finding in findings if finding.status == Status.NOT_MET]
    return CriterionVerdict(
        key=criterion.key,
        ordinal=criterion.ordinal,
        clause=criterion.clause,
        title=criterion.title,
        text=criterion.text,
        status=status,
        overridable=status == Status.NOT_MET and all(f.overridable for f in unmet),
        priority=any(_priority(ground, values) for ground in criterion.priorities),
        findings=findings,
    )


def _priority(ground: PrioritySpec, values: Mapping[str, Decimal | None]) -> bool:
    value = values.get(ground.indicator)
    return value is not None and OPERATORS[ground.operator][1](value, ground.threshold)


def _finding(condition: ConditionSpec, value: Decimal | None, relaxed: bool) -> Finding:
    word, holds = OPERATORS[condition.operator]
    wording = FIRMNESS_LABELS[condition.firmness]
    overridable = condition.firmness != Firmness.FIRM
    if value is None:
        status, reason = Status.MISSING, f"没有填报{condition.indicator_name}。"
    elif holds(value, condition.threshold):
        status, reason = Status.MET, ""
    elif relaxed:
        status, reason = Status.RELAXED, "经研究同意放宽。"
    elif condition.floor is not None and value >= condition.floor:
        status = Status.MAY_RELAX
        reason = "未达到标准，但不少于放宽条件的下限，可说明理由申请放宽。"
    elif condition.floor is not None:
        status, reason = Status.NOT_MET, "低于放宽条件的下限，不能申请放宽。"
        overridable = False
    elif overridable:
        status, reason = Status.NOT_MET, f"文件用语为“{wording}”，由审定环节决定是否认可。"
    else:
        status, reason = Status.NOT_MET, "文件规定的刚性条件。"
    return Finding(
        condition=condition.key,
        indicator=condition.indicator,
        indicator_name=condition.indicator_name,
        type=condition.type,
        unit=condition.unit,
        value=value,
        operator=word,
        threshold=condition.threshold,
        firmness=wording,
        status=status,
        overridable=overridable,
        reason=reason,
        quote=condition.quote,
    )


def counts(verdicts: Iterable[CriterionVerdict]) -> dict[str, int]:
    """How many criteria have each status."""
    found = dict.fromkeys((status.value for status in Status), 0)
    for verdict in verdicts:
        found[verdict.status] += 1
    return found


def to_json(verdicts: Iterable[CriterionVerdict]) -> list[dict[str, Any]]:
    """Verdicts as plain data: decimals as text, in the order of the criteria."""
    return [
        {
            **verdict._asdict(),
            "findings": [
                {
                    **finding._asdict(),
                    "value": None if finding.value is None else str(finding.value),
                    "threshold": str(finding.threshold),
                }
                for finding in verdict.findings
            ],
        }
        for verdict in verdicts
    ]


def from_json(rows: Iterable[Mapping[str, Any]]) -> tuple[CriterionVerdict, ...]:
    """Verdicts back from stored data."""
    return tuple(
        CriterionVerdict(
            **{
                **row,
                "status": Status(row["status"]),
                "findings": tuple(
                    Finding(
                        **{
                            **finding,
                            "status": Status(finding["status"]),
                            "value": None
                            if finding["value"] is None
                            else Decimal(finding["value"]),
                            "threshold": Decimal(finding["threshold"]),
                        }
                    )
                    for finding in row["findings"]
                ),
            }
        )
        for row in rows
    )
