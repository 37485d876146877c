"""Paper copies of evidence (纸质件): ticked off by the office that handles the case, and undone."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from reviews.actions.moving import lock_case
from reviews.models import Case
from reviews.policies import may_receive_paper
from towns.models import PaperCopy

# Under this key stands the government's request itself.
REQUEST = 0
NONE_CHOSEN = "请先勾选材料。"


def pieces_on_paper(case: Case) -> dict[int, str]:
    """What can come on paper: the pieces that were submitted, and the request; key -> title."""
    declared = case.application.snapshot
    found = {row["id"]: row["title"] for row in declared.get("evidence", [])}
    return {REQUEST: "申报请示"} | found if declared.get("request") else found


@transaction.atomic
def receive_paper_copies(
    *, actor: Actor, case_id: int, pieces: Collection[int], note: str = ""
) -> list[PaperCopy]:
    """Tick off what has come on paper; what is ticked already stays as it is."""
    case, titles = _chosen(actor, case_id, pieces)
    office = acting_office(actor)
    here = _received(case, actor)
    made = [
        PaperCopy.objects.create(
            application=case.application,
            evidence_id=key or None,
            office=office,
            note=note.strip()[:200],
            received_name=actor.name,
            received_at=clock.now(),
        )
        for key in titles
        if key not in here
    ]
    if made:
        names = [titles[row.evidence_id or REQUEST] for row in made]
        _enter(actor, case, "receive_paper_copies", "收到纸质件", names, made)
    return made


@transaction.atomic
def undo_paper_copies(*, actor: Actor, case_id: int, pieces: Collection[int]) -> list[PaperCopy]:
    """Take back what was ticked off by mistake; the rows stay, marked as undone."""
    case, titles = _chosen(actor, case_id, pieces)
    here = _received(case, actor)
    undone = [here[key] for key in titles if key in here]
    for row in undone:
        row.undone_at = clock.now()
        row.save(update_fields=["undone_at"])
    if undone:
        names = [titles[row.evidence_id or REQUEST] for row in undone]
        _enter(actor, case, "undo_paper_copies", "撤销纸质件登记", names, undone)
    return undone


def _chosen(actor: Actor, case_id: int, pieces: Collection[int]) -> tuple[Case, dict[int, str]]:
    case = lock_case(actor, case_id)
    require(may_receive_paper(actor, case))
    known = pieces_on_paper(case)
    if not pieces:
        raise ValidationError({"pieces": NONE_CHOSEN})
    if not set(pieces) <= set(known):
        raise ValidationError({"pieces": "所选材料不在已提交的材料里，请刷新页面后重新勾选。"})
    return case, {key: known[key] for key in known if key in pieces}


def _received(case: Case, actor: Actor) -> dict[int, PaperCopy]:
    rows = PaperCopy.objects.filter(
        application=case.application_id, office=acting_office(actor), undone_at__isnull=True
    )
    return {row.evidence_id or REQUEST: row for row in rows}


def _enter(
    actor: Actor,
    case: Case,
    verb: str,
    words: str,
    names: list[str],
    rows: list[PaperCopy],
) -> None:
    hold_in_scope(case, actor)
    several = f"《{names[0]}》" + (f"等 {len(names)} 份" if len(names) > 1 else "")
    record(
        actor,
        verb,
        case,
        f"{words}：{several}",
        data={"evidence": [row.evidence_id or REQUEST for row in rows], "titles": names},
        scope_code=case.scope_code,
        audience="filer",
    )
