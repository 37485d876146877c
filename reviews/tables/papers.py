"""会议材料: what a meeting reads of each case before it decides."""

from __future__ import annotations

from typing import Any

from criteria.constants import Status
from criteria.explaining import Explanation
from criteria.queries import spec_of
from criteria.scoring import score, states_scoring
from criteria.specs import SetSpec
from criteria.tables.explained import explained, score_items
from reviews.collective_queries import Paper
from reviews.tables.material import GRANTED

Item = dict[str, Any]


def paper(found: Paper, url: str) -> Item:
    """One case for ``reviews/_paper.html``: the headline, what is open, close and asked for."""
    case = found.case
    application = case.application
    spec = spec_of(application.criteria_set)
    told = explained(application.criteria_set, found.verdicts, application.category)
    return {
        "case": case,
        "url": url,
        "headline": told.headline,
        "open": _open(told),
        "near": told.near,
        "relaxations": _relaxations(found, spec),
        "judged": [
            row.name for row in told.criteria if row.verdict.status == Status.NEEDS_JUDGEMENT
        ],
        "score_items": score_items(
            spec, score(spec, found.verdicts, found.means, case.round.score_max)
        )
        if states_scoring(spec)
        else [],
    }


def _open(told: Explanation) -> list[str]:
    """Criteria that are not met or lack data, each with its distance and what that means."""
    return [
        f"{row.name}（{row.word}）：{row.short}{''.join(row.meaning)}"
        for row in told.criteria
        if row.verdict.status in (Status.NOT_MET, Status.MISSING, Status.MAY_RELAX)
    ]


def _relaxations(found: Paper, spec: SetSpec) -> list[str]:
    names = {
        item.key: f"{row.clause} {item.indicator_name}"
        for row in spec.criteria
        for item in row.conditions
    }
    return [
        f"{names.get(row.condition, row.condition)}：{row.reason}（{GRANTED[row.granted]}）"
        for row in found.relaxations
    ]
