"""公文模板、拟写公文、样稿: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core.actions.documents.templates import Wording, draft_template
from portal.core.documents.kinds import Texts
from portal.core.models import DocumentTemplate, Job
from portal.core.sample_tasks import Sample, request_sample
from tests.factories import World

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"
TEXTS = Texts("关于做好【事由】的函", "有关单位", "现就【事由】函告如下。")


def _draft(world: World) -> DocumentTemplate:
    office = world.offices[HOME]
    return DocumentTemplate.objects.filter(
        office=office, kind="letter", state="draft"
    ).first() or draft_template(actor=world.actor(f"{HOME}.clerk"), kind="letter")


def _sample(world: World) -> Job:
    sample = Sample("letter", TEXTS, "access")
    return request_sample(world.actor(f"{HOME}.clerk"), sample)


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    _draft(county.world)


def _seen(held: Held) -> dict[str, Any]:
    draft = _draft(held.world)
    return {"template_id": draft.pk, "revision": draft.revision}


def _revised(held: Held) -> dict[str, Any]:
    draft = _draft(held.world)
    opened = Wording.of(draft).plain()
    return {"template_id": draft.pk, "wording": Wording(TEXTS, "改写"), "opened": opened}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "document-new": lambda held: {"kind": "letter"},
    "template-version": lambda held: {"revision": _draft(held.world).revision, "then": "use"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "core.draft_template": lambda held: {"kind": "minutes"},
    "core.revise_template": _revised,
    "core.put_template_in_use": _seen,
    "core.discard_template": _seen,
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    draft = {"pk": _draft(county.world).pk}
    return {
        "template-kind": {"kind": "minutes"},
        "template-version": draft,
        "template-edit": draft,
        "document-sample": {"pk": _sample(county.world).pk},
    }
