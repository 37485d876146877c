"""The gap of a town to each level, in cells and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from criteria.assessment import Finding
from criteria.categories import category_label
from criteria.constants import Outcome, Status
from criteria.explaining import explain_criterion, explain_finding
from criteria.wording import Catalogue, value_text
from portal.core.actor import Actor
from portal.core.constants import UNSTATED
from portal.core.web import office_url
from towns.gaps import Tier, TownGap

Item = dict[str, Any]


def tier_head(actor: Actor, tier: Tier, gap: TownGap) -> Item:
    """The head of a level's column: its set, its category there, certified or next."""
    found = tier.criteria_set
    return {
        "label": tier.adjective,
        "title": found.title if found is not None else UNSTATED,
        "url": office_url(actor, "criteria-set", found.key) if found is not None else "",
        "category": category_label(tier.category),
        "tags": [
            {"word": word, "tone": tone}
            for word, tone, shown in (
                ("已认定", "success", tier.certified),
                ("下一梯次", "info", tier is gap.following),
            )
            if shown
        ],
    }


def outcome_cell(tier: Tier) -> Item:
    """What a level comes to: its outcome, or 未载明."""
    if tier.outcome is None or tier.silent:
        return {"text": UNSTATED, "tone": "neutral"}
    return {"text": tier.outcome.label, "tone": tier.outcome.tone}


def indicator_rows(gap: TownGap) -> list[Item]:
    """A row for each indicator that any level asks for, in the order of the documents."""
    first: dict[str, Finding] = {}
    for tier in gap.tiers:
        for verdict in tier.verdicts:
            for row in verdict.findings:
                first.setdefault(row.indicator, row)
    return [
        {
            "name": row.indicator_name,
            "value": "未填报"
            if gap.values.get(key) is None
            else value_text(row.spec, gap.values[key]),
            "cells": [_cells(tier, key) for tier in gap.tiers],
        }
        for key, row in first.items()
    ]


def _cells(tier: Tier, indicator: str) -> list[Item]:
    found = tier.findings(indicator)
    if not found:
        silent = tier.outcome is None or tier.outcome.key != Outcome.NOT_COVERED
        return [{"threshold": UNSTATED if silent else "类别不适用", "away": "", "tone": ""}]
    return [
        {
            "threshold": line.threshold,
            "year": f"{row.spec.year}年" if row.spec.year else "",
            "away": line.distance or line.word,
            "tone": "met" if row.status == Status.MET else "unmet",
            "word": line.word,
        }
        for row, line in ((row, explain_finding(row)) for row in found)
    ]


def judged_titles(tier: Tier) -> list[str]:
    """The criteria that people judge: clause and title."""
    return [
        f"{row.clause} {row.title}".strip() for row in tier.verdicts if row.spec.nature != "figures"
    ]


def missing_sentences(tier: Tier, catalogue: Catalogue) -> list[str]:
    """What is missing for a level, a sentence each."""
    explained = (
        explain_criterion(row, tier.category, catalogue=catalogue) for row in tier.verdicts
    )
    return [f"{row.name}：{text}" for row in explained for text in row.changes]


def standing_sentence(gap: TownGap) -> str:
    """Where the town stands and what comes next."""
    certified = [row.adjective for row in gap.tiers if row.certified]
    start = f"已认定为{'、'.join(certified)}专业镇。" if certified else "尚未认定。"
    following = gap.following
    if following is None:
        return f"{start}没有更高的梯次。"
    between = _between(gap.tiers, following)
    skipped = f"{'、'.join(between)}未载明认定标准，" if between else ""
    return f"{start}{skipped}下一梯次为{following.adjective}。"


def _between(tiers: Sequence[Tier], following: Tier) -> list[str]:
    """The levels that were passed over because no set is in force there."""
    place = tiers.index(following)
    last = max((at for at, row in enumerate(tiers[:place]) if row.certified), default=-1)
    return [row.adjective for row in tiers[last + 1 : place]]


def following_sentence(tier: Tier) -> str:
    """What the next tier's set says of the town as a whole."""
    if tier.criteria_set is None:
        return f"{tier.adjective}没有现行的认定标准，条件未载明。"
    if tier.outcome is not None and tier.outcome.key == Outcome.NOT_COVERED:
        return f"“{tier.criteria_set.title}”不适用于{category_label(tier.category)}类。"
    if tier.silent:
        return f"“{tier.criteria_set.title}”对该类别没有数据门槛，条件未载明，由评审环节评议。"
    if not tier.missing:
        return f"按“{tier.criteria_set.title}”，数据条件均已达到，其余由评审环节评议。"
    return f"按“{tier.criteria_set.title}”，还有 {tier.missing} 项条件没有达到："
