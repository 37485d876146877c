"""Reads of evidence: what is declared, what the round asks for, what can be used again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from criteria.queries import spec_of
from portal.core.actor import Actor
from towns.constants import Filing
from towns.correcting import unlocked_paths
from towns.declared import merged
from towns.evidence_index import REQUEST, Index, Leading, index_of, relaxation_slot
from towns.models import Application, Evidence, EvidenceSlot, PaperCopy

# How many files of earlier applications are offered to be used again.
MOST_EARLIER = 200
SLOT_TITLE = 120
DRAFTED = (Filing.DRAFT, Filing.READY, Filing.RETURNED)


def living(application: Application) -> QuerySet[Evidence]:
    """The pieces that stand in an application now, with their files."""
    rows: QuerySet[Evidence] = application.evidence.filter(removed_at__isnull=True)
    return rows.select_related("file")


def plain(row: Evidence) -> dict[str, Any]:
    """A piece as it is declared."""
    return {
        "id": row.pk,
        "criterion": row.criterion,
        "slot": row.slot,
        "pages": row.pages,
        "title": row.title,
        "name": row.file.name,
        "size": row.file.size,
        "sha256": row.file.sha256,
    }


def slots_of(application: Application, criterion: str = "") -> list[EvidenceSlot]:
    """What the round asks for, under one criterion or all of them.

    Behind it the places of what backs a request for relaxation, one for each that is made.
    """
    held: list[EvidenceSlot] | None = getattr(application, "held_slots", None)
    if held is None:
        listed = EvidenceSlot.objects.filter(round=application.round_id)
        held = [*listed, *relaxation_slots(application)]
    return [row for row in held if criterion in ("", row.criterion)]


def relaxation_slots(application: Application) -> list[EvidenceSlot]:
    """A place for the evidence of each request for relaxation; not kept in any list."""
    relaxable = {
        item.key: (row.key, item.indicator_name)
        for row in spec_of(application.criteria_set).criteria
        for item in row.conditions
        if item.relaxation is not None
    }
    if not relaxable:
        return []
    asked = {row.condition for row in application.relaxations.all()}
    return [
        EvidenceSlot(
            round_id=application.round_id,
            criterion=criterion,
            key=relaxation_slot(key),
            title=f"“{name}”放宽申请的佐证"[:SLOT_TITLE],
        )
        for key, (criterion, name) in relaxable.items()
        if key in asked
    ]


def hold_slots(application: Application) -> None:
    """Read the round's list once for all that a page asks of this instance."""
    application.held_slots = slots_of(application)  # type: ignore[attr-defined]


def empty_slots(application: Application) -> list[EvidenceSlot]:
    """What must be given and is not, in the order of the round's list."""
    required = [row for row in slots_of(application) if row.required]
    if not required:
        return []
    filled = set(living(application).values_list("criterion", "slot"))
    return [row for row in required if (row.criterion, row.key) not in filled]


def is_frozen_for(application: Application, actor: Actor) -> bool:
    """Whether the reader sees what was submitted, and not what is being filled."""
    if application.submitted_at is None:
        return False
    return not (application.is_written_by(actor) and application.state in DRAFTED)


def evidence_declared(application: Application, actor: Actor) -> list[dict[str, Any]]:
    """The pieces as the reader may see them: submitted ones, or the town's own living ones.

    After a return, pieces of criteria that were not asked for stay as they were submitted.
    """
    if is_frozen_for(application, actor):
        return list(application.snapshot.get("evidence", []))
    rows = [plain(row) for row in living(application)]
    unlocked = unlocked_paths(application)
    if unlocked is None:
        return rows
    paths = [path for path in unlocked if path.startswith("evidence.")]
    frozen = {"evidence": application.snapshot.get("evidence", [])}
    return list(merged(frozen, {"evidence": rows}, paths)["evidence"])


def pieces_of(declared: Iterable[Mapping[str, Any]]) -> dict[int, Evidence]:
    """The rows behind what is declared, with their files."""
    keys = [row["id"] for row in declared]
    return Evidence.objects.select_related("file").in_bulk(keys)


def evidence_index(
    application: Application, declared: list[dict[str, Any]], pieces: Mapping[int, Evidence]
) -> Index:
    """The index of what is declared, with the pages of the files as far as they are known."""
    counts = {row.file.sha256: row.file.pages for row in pieces.values()}
    return indexed(application, declared, counts)


def indexed(
    application: Application,
    declared: list[dict[str, Any]],
    counts: Mapping[str, int | None],
    begins_at: int = 1,
) -> Index:
    """The index with these pages of the files, by their digests."""
    criteria = spec_of(application.criteria_set).criteria
    leading = [Leading()] if any(row["criterion"] == REQUEST for row in declared) else []
    return index_of(declared, [*leading, *criteria], slots_of(application), counts, begins_at)


class Earlier(NamedTuple):
    """An application whose files can be used again; ``own``: this very one."""

    application: Application
    own: bool
    rows: list[Evidence]


def reusable(actor: Actor, application: Application, criterion: str, slot: str) -> list[Earlier]:
    """Files given in this application or earlier ones of the town, each once, newest first."""
    there = living(application).filter(criterion=criterion, slot=slot)
    seen = set(there.values_list("file__sha256", flat=True))
    before = list(
        Application.objects.visible_to(actor)
        .filter(town=application.town_id)
        .exclude(pk=application.pk)
        .select_related("round")
        .order_by("-pk")
    )
    own = list(living(application).order_by("criterion", "ordinal", "pk"))
    earlier = Evidence.objects.filter(
        application__in=[row.pk for row in before], removed_at__isnull=True
    )
    # Of the others, what their reader sees: of a returned one, an office only what was submitted.
    frozen = {row.pk: row.snapshot for row in before if is_frozen_for(row, actor)}
    submitted = {item["id"] for data in frozen.values() for item in data.get("evidence", [])}
    earlier = earlier.filter(~Q(application__in=frozen) | Q(pk__in=submitted))
    rows = [*own, *earlier.select_related("file").order_by("-application", "pk")[:MOST_EARLIER]]
    found = {row.pk: Earlier(row, row.pk == application.pk, []) for row in (application, *before)}
    for row in rows:
        if row.file.sha256 not in seen:
            seen.add(row.file.sha256)
            found[row.application_id].rows.append(row)
    return [item for item in found.values() if item.rows]


def paper_copies(application: Application) -> dict[int, list[PaperCopy]]:
    """Paper copies that were received: key of the piece (0 for the 请示) -> who has which."""
    found: dict[int, list[PaperCopy]] = {}
    rows = PaperCopy.objects.filter(application=application, undone_at__isnull=True)
    for row in rows.select_related("office__region"):
        found.setdefault(row.evidence_id or 0, []).append(row)
    return found
