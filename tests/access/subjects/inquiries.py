"""补充说明、办理期限: what their addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core import clock
from portal.core.actor import acting_user
from reviews.models import Inquiry
from tests.scenario import open_run

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County


def asked(county: County) -> Inquiry:
    """A request of the handling office that waits for its answer."""
    found = Inquiry.objects.filter(case=county.case).first()
    clerk = county.world.actor("puxian.clerk")
    return found or Inquiry.objects.create(
        case=county.case,
        run=county.case.runs.get(ordinal=1),
        office=county.world.offices["puxian"],
        question="请说明产值的统计口径。",
        asked_by=acting_user(clerk),
        asked_name=clerk.name,
        asked_at=clock.now(),
    )


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    asked(county)


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    one = {"pk": county.case.pk, "inquiry": asked(county).pk}
    case = {"pk": county.case.pk}
    return {"case-ask": case, "inquiry": one, "inquiry-close": one, "case-extend": case}


def _one(held: Held) -> dict[str, Any]:
    return {"case_id": held.county.case.pk, "inquiry_id": asked(held.county).pk}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "case-ask": lambda held: {"pk": held.accept.pk},
    "case-extend": lambda held: {"pk": held.accept.pk},
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "case-ask": lambda held: {"question": "请说明产值的统计口径。", "days": "5"},
    "inquiry": lambda held: {"answer": "按产业链统计。"},
    "inquiry-close": lambda held: {"reason": "已电话核实。"},
    "case-extend": lambda held: {
        "run": open_run(held.accept).pk,
        "due": held.accept.due_on or "",
        "days": "3",
        "reason": "需要核实数据。",
    },
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "reviews.ask_information": lambda held: {
        "case_id": held.accept.pk,
        "question": "请说明产值的统计口径。",
        "days": 5,
    },
    "reviews.answer_information": lambda held: {**_one(held), "answer": "按产业链统计。"},
    "reviews.take_back_inquiry": lambda held: {**_one(held), "reason": "已电话核实。"},
    "reviews.extend_term": lambda held: {
        "case_id": held.accept.pk,
        "run_id": open_run(held.accept).pk,
        "due_on": held.accept.due_on,
        "days": 3,
        "reason": "需要核实数据。",
    },
}
