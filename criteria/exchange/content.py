"""A criteria set as the content of a file, its digest, and writing that content into a draft."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from criteria.exchange.shape import FORMAT, FORMAT_VERSION, number_text
from criteria.models import Condition, CriteriaSet, Criterion, Indicator
from criteria.queries import condition_spec, criterion_spec
from criteria.specs import PassRule, SetSpec

# What says which set it is; another set made of the same content differs in these.
IDENTITY = ("key", "level", "region", "version")


def content_of(criteria_set: CriteriaSet) -> dict[str, Any]:
    """Everything that an export holds, in the order of the document; decimals as text."""
    conditions: dict[int, list[dict[str, Any]]] = defaultdict(list)
    rows = Condition.objects.filter(criterion__criteria_set=criteria_set)
    for row in rows.select_related("indicator"):
        conditions[row.criterion_id].append(_condition(row))
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "key": criteria_set.key,
        "kind": criteria_set.kind,
        "level": criteria_set.level,
        "region": criteria_set.region.code,
        "version": criteria_set.version,
        "title": criteria_set.title,
        "document_number": criteria_set.document_number,
        "document_title": criteria_set.document_title,
        "scope_clause": criteria_set.scope_clause,
        "issued_on": _day_text(criteria_set.issued_on),
        "effective_from": _day_text(criteria_set.effective_from),
        "effective_to": _day_text(criteria_set.effective_to),
        "categories": [_chosen(item, "key", "name") for item in criteria_set.categories],
        "pass_rule": criteria_set.pass_rule,
        "pass_points": _number(criteria_set.pass_points),
        "digits": criteria_set.digits,
        "silent": list(criteria_set.silent),
        "notes": list(criteria_set.notes),
        "tiers": [
            {
                "name": item["name"],
                "amount": number_text(item["amount"]),
                "quote": item.get("quote", ""),
                "clause": item.get("clause", ""),
            }
            for item in criteria_set.tiers
        ],
        "criteria": [
            _criterion(row, conditions[row.pk])
            for row in Criterion.objects.filter(criteria_set=criteria_set)
        ],
    }


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content as canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def file_of(content: Mapping[str, Any]) -> bytes:
    """The content as a file to hand out: indented, in the order of the document."""
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def write_content(criteria_set: CriteriaSet, content: Mapping[str, Any]) -> None:
    """Write the facts, criteria and conditions of valid content into a draft that has none.

    The identity of the draft (key, level, region, version) and its state stay as they are; no
    policy is asked and nothing is recorded: that is for the action that calls.
    """
    for name in ("title", "document_number", "document_title", "scope_clause", "pass_rule"):
        setattr(criteria_set, name, content.get(name, ""))
    for name in ("issued_on", "effective_from", "effective_to"):
        value = content.get(name)
        setattr(criteria_set, name, date.fromisoformat(value) if value else None)
    for name in ("categories", "silent", "notes", "tiers"):
        setattr(criteria_set, name, list(content.get(name, ())))
    criteria_set.kind = content.get("kind", "certification")
    criteria_set.pass_points = _decimal(content.get("pass_points"))
    criteria_set.digits = content.get("digits")
    criteria_set.save()
    indicators = {row.key: row for row in Indicator.objects.all()}
    criteria = Criterion.objects.bulk_create(
        [
            _new_criterion(criteria_set, place, row)
            for place, row in enumerate(content["criteria"], start=1)
        ]
    )
    Condition.objects.bulk_create(
        [
            _new_condition(criterion, place, item, indicators[item["indicator"]])
            for criterion, row in zip(criteria, content["criteria"], strict=True)
            for place, item in enumerate(row.get("conditions", ()), start=1)
        ]
    )


def spec_of_content(content: Mapping[str, Any]) -> SetSpec:
    """Valid content as it would be assessed with; nothing is written."""
    indicators = {row.key: row for row in Indicator.objects.all()}
    draft = CriteriaSet()
    criteria = []
    for place, row in enumerate(content["criteria"], start=1):
        criterion = _new_criterion(draft, place, row)
        conditions = [
            condition_spec(_new_condition(criterion, spot, item, indicators[item["indicator"]]))
            for spot, item in enumerate(row.get("conditions", ()), start=1)
        ]
        criteria.append(criterion_spec(criterion, conditions))
    return SetSpec(
        pk=0,
        title=content["title"],
        document_number=content.get("document_number", ""),
        categories=tuple((item["key"], item["name"]) for item in content.get("categories", ())),
        criteria=tuple(criteria),
        pass_rule=PassRule(content.get("pass_rule", ""), _decimal(content.get("pass_points"))),
        digits=content.get("digits"),
    )


def _day_text(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _number(value: Decimal | None) -> str | None:
    return None if value is None else number_text(value)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _chosen(item: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: item[key] for key in keys}


def _ground(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "indicator": item["indicator"],
        "operator": item["operator"],
        "threshold": number_text(item["threshold"]),
        "quote": item.get("quote", ""),
    }


def _group(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"key": item["key"], "joining": item["joining"], "label": item.get("label", "")}


def _band(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "indicator": item["indicator"],
        "categories": list(item.get("categories", ())),
        "steps": [[number_text(start), number_text(points)] for start, points in item["steps"]],
    }


def _rubric(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "low": number_text(item["low"]),
        "high": number_text(item["high"]),
        "words": item["words"],
    }


def _criterion(row: Criterion, conditions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "key": row.key,
        "clause": row.clause,
        "title": row.title,
        "text": row.text,
        "nature": row.nature,
        "ask": row.ask,
        "joining": row.joining,
        "groups": [_group(item) for item in row.groups],
        "conditions": conditions,
        "priorities": [_ground(item) for item in row.priorities],
        "score_max": _number(row.score_max),
        "score_mode": row.score_mode,
        "bands": [_band(item) for item in row.bands],
        "rubric": [_rubric(item) for item in row.rubric],
        "notes": row.notes,
    }


def _condition(row: Condition) -> dict[str, Any]:
    return {
        "key": row.key,
        "indicator": row.indicator.key,
        "operator": row.operator,
        "threshold": number_text(row.threshold),
        "unit": row.indicator.unit,
        "firmness": row.firmness,
        "categories": list(row.categories),
        "quote": row.quote,
        "group": row.group,
        "year": row.year,
        "relaxation": {
            "floor": _number(row.floor),
            "quote": row.relaxation_quote,
            "grounds": [_ground(item) for item in row.relaxation_grounds],
            "preconditions": row.relaxation_preconditions,
            "decision": row.relaxation_decision,
        }
        if row.relaxable
        else None,
    }


def _new_criterion(criteria_set: CriteriaSet, place: int, row: Mapping[str, Any]) -> Criterion:
    return Criterion(
        criteria_set=criteria_set,
        key=row["key"],
        ordinal=place,
        clause=row["clause"],
        title=row["title"],
        text=row["text"],
        nature=row["nature"],
        ask=row.get("ask", ""),
        joining=row.get("joining", "all"),
        groups=[_group(item) for item in row.get("groups", ())],
        priorities=[_ground(item) for item in row.get("priorities", ())],
        score_max=_decimal(row.get("score_max")),
        score_mode=row.get("score_mode", ""),
        bands=[_band(item) for item in row.get("bands", ())],
        rubric=[_rubric(item) for item in row.get("rubric", ())],
        notes=row.get("notes", ""),
    )


def _new_condition(
    criterion: Criterion, place: int, item: Mapping[str, Any], indicator: Indicator
) -> Condition:
    relaxation = item.get("relaxation") or {}
    return Condition(
        criterion=criterion,
        key=item["key"],
        indicator=indicator,
        operator=item["operator"],
        threshold=Decimal(item["threshold"]),
        firmness=item["firmness"],
        categories=list(item.get("categories", ())),
        quote=item["quote"],
        group=item.get("group", ""),
        year=item.get("year"),
        ordinal=place,
        floor=_decimal(relaxation.get("floor")),
        relaxation_quote=relaxation.get("quote", ""),
        relaxation_grounds=[_ground(ground) for ground in relaxation.get("grounds", ())],
        relaxation_preconditions=relaxation.get("preconditions", ""),
        relaxation_decision=relaxation.get("decision", ""),
    )
