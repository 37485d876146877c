"""The chains of review as officials read them: a drawing of the way and a table of its steps."""

from __future__ import annotations

from typing import Any

from portal.core.constants import LEVELS, OFFICE_KIND_CHOICES, POST_KINDS, UNSTATED
from reviews.actions.effects import SUBJECTS
from reviews.chain import CHAINS, MODE_NAMES, OUTCOMES, Chain, Mode, Move, Outcome, Step

Item = dict[str, Any]

STEP_COLUMNS: list[Item] = [
    {"label": "环节", "kind": "name"},
    {"label": "办理机构和岗位", "kind": "name"},
    {"label": "办理方式"},
    {"label": "办理时限"},
    {"label": "办理结果及去向", "kind": "name"},
    {"label": "告知范围", "kind": "name"},
]
OFFICE_NAMES = dict(OFFICE_KIND_CHOICES)
# What counts toward a quorum, by the kind of step.
QUORUM_UNITS = {Mode.OPINIONS: "个单位答复", Mode.SCORES: "位专家评分"}


def newest_first() -> list[Chain]:
    """Every version of every chain: by the level that certifies from the top, newest first."""
    return sorted(
        CHAINS.values(), key=lambda row: (LEVELS[row.level].digits, row.key, -row.version)
    )


def chain_parts() -> list[Item]:
    """One part of the page for each chain: the version in use, and the earlier ones behind it."""
    parts: dict[str, Item] = {}
    for chain in newest_first():
        drawn = drawing(chain)
        if chain.key not in parts:
            parts[chain.key] = drawn | {"earlier": []}
        else:
            parts[chain.key]["earlier"].append(drawn)
    return list(parts.values())


def drawing(chain: Chain) -> Item:
    """A chain drawn: its steps in a row, and what stands behind each."""
    return {
        "id": f"{chain.key}-{chain.version}",
        "title": chain.name,
        "version": chain.version,
        "version_text": str(chain.version),
        "subject": SUBJECTS[chain.subject].label,
        "steps": [
            {
                "name": step.name,
                "state": "todo",
                "word": _office(step),
                "who": MODE_NAMES[step.mode],
            }
            for step in chain.steps
        ],
        "rows": [step_row(chain, step) for step in chain.steps],
    }


def step_row(chain: Chain, step: Step) -> Item:
    """A row of the table of steps."""
    told = step.applicant_name
    return {
        "id": step.key,
        "label": step.name,
        "cells": [
            {
                "text": step.name,
                "note": f"申报单位看到：{told}" if told != step.name else "",
            },
            {"text": _office(step), "note": "、".join(posts_of(step))},
            {"text": MODE_NAMES[step.mode], "note": _quorum(step)},
            f"{step.days} 个工作日" if step.days else f"{UNSTATED}，由批次设定",
            {"text": "；".join(_follows(chain, step, OUTCOMES[key]) for key in step.outcomes)},
            {"text": _released(step), "note": "" if step.withdrawable else "本环节起不能撤回申报"},
        ],
    }


def posts_of(step: Step) -> list[str]:
    """The kinds of posts that are able to take a step."""
    rows = sorted(POST_KINDS.values(), key=lambda row: row.rank)
    return [
        row.label for row in rows if step.ability in row.can and row.office_kind == step.office_kind
    ]


def _office(step: Step) -> str:
    return f"{LEVELS[step.level].adjective}{OFFICE_NAMES[step.office_kind]}"


def _quorum(step: Step) -> str:
    unit = QUORUM_UNITS.get(step.mode)
    if unit is None:
        return ""
    return f"不少于 {step.quorum} {unit}" if step.quorum else f"人数要求{UNSTATED}"


def _follows(chain: Chain, step: Step, outcome: Outcome) -> str:
    following = chain.after(step.key)
    where = {
        Move.NEXT: f"转入“{following.name}”" if following else "办结",
        Move.RETURN: f"退回申报单位，补正后从“{chain.steps[0].name}”重新办理",
        Move.REJECT: "办结",
        Move.STAY: "留在本环节",
    }[outcome.move]
    return f"{outcome.label}：{where}"


def _released(step: Step) -> str:
    if step.released:
        return "结果告知下级办公室和申报单位，意见不告知"
    return "结果和意见都不告知下级办公室和申报单位"
