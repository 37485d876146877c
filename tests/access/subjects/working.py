"""常用意见、内部备注、维持原意见: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core import clock
from portal.core.actor import acting_seat
from reviews.actions import save_phrase
from reviews.models import Phrase, StepRun
from tests.scenario import open_run
from towns.models import Application, Submission

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.factories import World
    from tests.test_access import County


def phrase_of(world: World) -> Phrase:
    """A sentence that the county's clerk shares with the office, the same one each time."""
    clerk = world.actor("puxian.clerk")
    found = Phrase.objects.filter(post=acting_seat(clerk)).first()
    return found or save_phrase(actor=clerk, text="材料齐全，同意受理。", shared=True)


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """Parameters of the addresses, besides the office."""
    case = {"pk": county.case.pk}
    return {"case-notes": case, "case-reaffirm": case}


def unchanged(held: Held) -> dict[str, Any]:
    """The case at acceptance as it stands after a return that was answered without a change."""
    run, case = open_run(held.accept), held.accept
    StepRun.objects.filter(pk=run.pk).update(
        outcome="accept", opinion="齐全。", finished_at=clock.now(), voided=True, revision=1
    )
    application = Application.objects.get(pk=case.application_id)
    Application.objects.filter(pk=application.pk).update(revision=2)
    Submission.objects.create(
        application=application,
        revision=2,
        snapshot=application.snapshot,
        snapshot_sha256=application.snapshot_sha256,
        submitted_at=clock.now(),
    )
    again = StepRun.objects.create(
        case=case,
        ordinal=run.ordinal + 1,
        step=run.step,
        office_id=run.office_id,
        started_at=clock.now(),
    )
    return {"case_id": case.pk, "run_id": again.pk}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "case-reaffirm": lambda held: {"pk": held.accept.pk},
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "case-reaffirm": lambda held: {"run": open_run(held.accept).pk},
    "case-notes": lambda held: {"text": "请核对产值。", "audience": "office"},
    "phrases": lambda held: {"text": "经核对，材料齐全。"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "reviews.save_phrase": lambda held: {"text": "经核对，材料齐全。"},
    "reviews.remove_phrase": lambda held: {"phrase_id": phrase_of(held.world).pk},
    "reviews.add_note": lambda held: {
        "case_id": held.accept.pk,
        "audience": "office",
        "text": "请核对产值。",
    },
    "reviews.reaffirm_step": unchanged,
}
