"""承办、批量办理: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core.actor import Actor
from portal.core.models import Post
from reviews.models import Case

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

OFFICES = ("puxian", "sx")
ACCEPTED = ("county_accept", "province_accept")
NAMES = ("case-claim", "case-release", "case-take-over", "case-hand-over")


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """Parameters of the addresses."""
    return {"cases-batch": {}, **{name: {"pk": county.case.pk} for name in NAMES}}


def claimed(actor: Actor | None = None) -> None:
    """What waits for acceptance lies with the first clerk of its office, who is asked."""
    _give("pk")


def claimed_by_another(actor: Actor | None = None) -> None:
    """What waits for acceptance lies with a clerk of its office whom nobody asks."""
    _give("-pk")


def _give(order: str) -> None:
    for slug in OFFICES:
        post = Post.objects.filter(office__slug=slug, kind="clerk").order_by(order).first()
        waiting = Case.objects.filter(office__slug=slug, step__in=ACCEPTED, state="open")
        waiting.update(holder=post, held_name="同事")


def _accept(held: Held) -> dict[str, Any]:
    return {"pk": held.accept.pk}


def _claimed(held: Held) -> dict[str, Any]:
    claimed()
    return {"case_id": held.accept.pk}


def _with_another(held: Held) -> dict[str, Any]:
    # The province's office has one clerk alone: there the signer has it.
    claimed_by_another()
    if held.slug == "sx":
        post = Post.objects.get(office__slug="sx", kind="signer")
        Case.objects.filter(pk=held.accept.pk).update(holder=post)
    return {"case_id": held.accept.pk, "reason": "原承办人请假"}


def _to_another(held: Held) -> dict[str, Any]:
    post = Post.objects.filter(office__slug=held.slug, kind="clerk").order_by("pk").first()
    assert post is not None
    return {"case_id": held.accept.pk, "post_id": post.pk}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = dict.fromkeys(NAMES, _accept)
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "cases-batch": lambda held: {"action": "claim", "cases": [held.accept.pk]},
}
BEFORE: dict[str, Callable[[Actor], None]] = {
    "case-release": claimed,
    "case-take-over": claimed_by_another,
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "reviews.claim_case": lambda held: {"case_id": held.accept.pk},
    "reviews.hand_over_case": _to_another,
    "reviews.release_case": _claimed,
    "reviews.take_over_case": _with_another,
}
