"""认定标准的编制和发布: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from criteria.drafts import CriterionFacts, SetFacts
from criteria.exchange import content_of
from criteria.models import CriteriaSet, Criterion
from tests.factories import make_draft

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"
PUBLISHED = "puxian-2023"


def draft_of(held: Held | County) -> CriteriaSet:
    """A draft of the office that holds the objects, the same one each time."""
    return make_draft(held.world.offices[HOME])


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    draft_of(county)


def _draft(held: Held) -> dict[str, Any]:
    return {"key": draft_of(held).key}


def _criterion(held: Held) -> dict[str, Any]:
    return {**_draft(held), "criterion": "scale"}


def _amended_set(held: Held) -> dict[str, Any]:
    facts = SetFacts.of(draft_of(held))
    changed = SetFacts(**{**facts.__dict__, "notes": ("口径由办公室掌握。",)})
    return {**_draft(held), "facts": changed, "opened": facts.plain()}


def _amended_criterion(held: Held) -> dict[str, Any]:
    facts = CriterionFacts.of(draft_of(held).criteria.get(key="scale"))
    changed = CriterionFacts(**{**facts.__dict__, "ask": "填报上一年度数据。"})
    return {**_criterion(held), "facts": changed, "opened": facts.plain()}


def _movable(held: Held) -> dict[str, Any]:
    Criterion.objects.create(
        criteria_set=draft_of(held), key="second", ordinal=2, clause="二(二)", title="创新",
        text="创新能力强。", nature="judgement",
    )  # fmt: skip
    return {**_criterion(held), "up": False, "seen": 1}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "criteria-export:draft": _draft,
    "criteria-compare:draft": _draft,
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "criteria.create_criteria_set": lambda held: {
        "kind": "contest",
        "facts": SetFacts("竞赛评选标准"),
    },
    "criteria.import_criteria_set": lambda held: {
        "content": content_of(draft_of(held)),
        "name": "标准.json",
        "digest": "0" * 64,
    },
    "criteria.amend_criteria_set": _amended_set,
    "criteria.add_criterion": lambda held: {
        **_draft(held),
        "facts": CriterionFacts("二(二)", "创新", "创新能力强。", "judgement"),
    },
    "criteria.amend_criterion": _amended_criterion,
    "criteria.move_criterion": _movable,
    "criteria.remove_criterion": lambda held: {
        **_criterion(held),
        "revision": draft_of(held).criteria.get(key="scale").revision,
    },
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    draft = {"key": draft_of(county).key}
    criterion = {**draft, "criterion": "scale"}
    return {
        "criteria-check": draft,
        "criteria-export": {"key": PUBLISHED},
        "criteria-compare": {"key": PUBLISHED},
        "public-criteria-export": {"key": PUBLISHED},
        "public-criteria-compare": {"key": PUBLISHED},
        "criteria-edit": draft,
        "criteria-facts": draft,
        "criteria-preview": draft,
        "criterion-new": draft,
        "criterion-edit": criterion,
        "criterion-move": criterion,
        "criterion-remove": criterion,
    }
