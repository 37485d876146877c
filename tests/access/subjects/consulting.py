"""征求成员单位意见、条款分工: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import Actor
from reviews.models import UnitOpinion

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County


def _opinion(held: Held) -> dict[str, Any]:
    return {"pk": held.opinions.pk, "opinion": held.opinions.opinions.get().pk}


def _answered_before(held: Held) -> dict[str, Any]:
    """The unit answered an earlier question about the case, and nothing has changed since."""
    asked = held.opinions.opinions.select_related("office").get()
    UnitOpinion.objects.create(
        case=held.opinions,
        run=held.opinions.runs.order_by("ordinal")[0],
        office=asked.office,
        asked_at=clock.now(),
        verdict="agree",
        given_at=clock.now(),
        revision=held.opinions.application.revision,
    )
    return {"case_id": held.opinions.pk, "opinion_id": asked.pk}


def limited(actor: Actor | None = None) -> None:
    """The units that were asked still have time to answer."""
    waiting = UnitOpinion.objects.filter(given_at__isnull=True)
    waiting.update(due_on=clock.today() + timedelta(days=5))


def _extension(held: Held) -> dict[str, Any]:
    limited()
    keys = _opinion(held)
    sent = {"case_id": keys["pk"], "opinion_id": keys["opinion"]}
    due_on = UnitOpinion.objects.get(pk=keys["opinion"]).due_on
    return {**sent, "due_on": due_on, "days": 3, "reason": "需要核实数据。"}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "opinion-reconfirm": _opinion,
    "opinion-extend": _opinion,
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "opinion-extend": lambda held: {"days": "3", "reason": "需要核实数据。"},
}
BEFORE: dict[str, Callable[[Actor], None]] = {"opinion-extend": limited}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "reviews.extend_opinion": _extension,
    "reviews.reconfirm_opinion": _answered_before,
    "reviews.set_criterion_units": lambda held: {
        "criteria_set": held.opinions.application.criteria_set,
        "criterion": spec_of(held.opinions.application.criteria_set).criteria[0].key,
        "roles": {},
    },
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    criteria_set = county.case.application.criteria_set
    opinion = county.case.opinions.order_by("pk")[0]
    return {
        "opinion-reconfirm": {"pk": county.case.pk, "opinion": opinion.pk},
        "opinion-extend": {"pk": county.case.pk, "opinion": opinion.pk},
        "criterion-units": {"pk": criteria_set.pk},
        "criterion-units-edit": {
            "pk": criteria_set.pk,
            "criterion": spec_of(criteria_set).criteria[0].key,
        },
    }
