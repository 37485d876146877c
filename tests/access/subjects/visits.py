"""现场核查: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core import clock
from portal.core.actor import SYSTEM, acting_user
from portal.core.files import store_bytes
from reviews.actions.visits import Terms
from reviews.models import Case, Visit, VisitPhoto
from tests.papers import picture

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.factories import World
    from tests.test_access import County


def visit_of(world: World, case: Case, *, state: str = "done") -> Visit:
    """A visit in the open step of a case, the same one each time."""
    found = Visit.objects.filter(case=case, state=state).first()
    clerk = world.of_office(case.office, "clerk")
    if found is not None:
        return found
    visit = Visit.objects.create(
        case=case,
        run=case.runs.order_by("-ordinal")[0],
        office=case.office,
        held_on=clock.today(),
        place="产业园",
        people="王核查",
        summary="情况属实。" if state == "done" else "",
        state=state,
        created_by=acting_user(clerk),
        created_name=clerk.name,
        created_at=clock.now(),
    )
    VisitPhoto.objects.create(
        visit=visit,
        file=store_bytes(picture("JPEG"), "现场.jpg", "image/jpeg", SYSTEM),
        added_at=clock.now(),
        added_name=clerk.name,
    )
    return visit


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    visit_of(county.world, county.case)


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    visit = visit_of(county.world, county.case)
    photo = visit.photos.get().pk
    one = {"pk": visit.pk}
    return {
        "visit-new": {"pk": county.case.pk},
        "visit": one,
        "visit-photos": one,
        "visit-photo-remove": {**one, "photo": photo},
        "visit-cancel": one,
    }


def hold(held: Held) -> None:
    """What the questions are about, made once with the ground."""
    planned(held)
    made(held)


def planned(held: Held) -> Visit:
    return visit_of(held.world, held.accept, state="planned")


def made(held: Held) -> Visit:
    return visit_of(held.world, held.accept)


def _record(visit: Visit) -> dict[str, Any]:
    return {
        "held_on": str(clock.today()),
        "place": visit.place,
        "people": "王核查",
        "summary": "好",
    }


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "visit-new": lambda held: {"pk": held.accept.pk},
    "visit": lambda held: {"pk": made(held).pk},
    "visit-photos": lambda held: {"pk": made(held).pk},
    "visit-photo-remove": lambda held: {
        "pk": made(held).pk,
        "photo": made(held).photos.get().pk,
    },
    "visit-cancel": lambda held: {"pk": planned(held).pk},
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "visit-new": lambda held: _record(made(held)),
    "visit": lambda held: _record(made(held)),
    "visit-photos": lambda held: {"photos": _photo()},
    "visit-cancel": lambda held: {"reason": "天气原因改期。"},
}


def _photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("现场二.jpg", picture("JPEG", shade=40), "image/jpeg")


TERMS = Terms(clock.today(), "产业园", "王核查")
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "reviews.plan_visit": lambda held: {"case_id": held.accept.pk, "terms": TERMS},
    "reviews.record_visit": lambda held: {
        "visit_id": made(held).pk,
        "terms": TERMS,
        "summary": "情况属实。",
        "findings": {},
        "done": True,
    },
    "reviews.add_photos": lambda held: {"visit_id": made(held).pk, "uploads": [_photo()]},
    "reviews.remove_photo": lambda held: {
        "visit_id": made(held).pk,
        "photo_id": made(held).photos.get().pk,
    },
    "reviews.cancel_visit": lambda held: {"visit_id": planned(held).pk, "reason": "改期。"},
}
