"""Taking over what the last application and the registers say, or beginning from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.queries import spec_of
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from towns.actions.drafting import keep_typed
from towns.actions.filing import start_application
from towns.constants import LIVE_FILINGS
from towns.models import Application, Evidence, EvidenceSlot, Round, Town
from towns.policies import may_edit_application, may_edit_section
from towns.prefilling import SAME, Offer, earlier_of, note_of, offers
from towns.sections import find_section

TITLE_LENGTH = 120


class Prefilled(NamedTuple):
    """What became of the fields that were asked for: filled ones, and those typed meanwhile."""

    taken: list[Offer]
    skipped: list[Offer]


@transaction.atomic
def prefill_application(
    *, actor: Actor, application: Application, names: Collection[str]
) -> Prefilled:
    """Fill fields (``<section>/<field>``) from their sources, marked; never over what was typed.

    Asking twice changes nothing. ValidationError when no field is named.
    """
    if not names:
        raise ValidationError("请至少勾选一项。")
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("town__county", "round__office__region", "criteria_set")
        .get(pk=application.pk)
    )
    require(may_edit_application(actor, locked))
    asked = [row for row in offers(locked) if row.key in set(names)]
    taken = [row for row in asked if row.open]
    skipped = [row for row in asked if not row.open and row.state != SAME]
    if taken:
        _fill(actor, locked, taken)
        _enter(actor, locked, "prefill_application", f"带入 {len(taken)} 项内容", taken)
    return Prefilled(taken, skipped)


def _fill(actor: Actor, application: Application, rows: Collection[Offer]) -> None:
    """Write the texts and mark where each is from. The caller holds the lock."""
    now = clock.now()
    by_section: dict[str, list[Offer]] = defaultdict(list)
    for row in rows:
        by_section[row.section].append(row)
    for key, group in by_section.items():
        section = find_section(application, key)
        assert section is not None  # offers name sections of the pinned set alone
        for row in group:
            require(may_edit_section(actor, application, section, row.name))
        section.write(actor, application, {row.name: row.text for row in group})
        for row in group:
            values = {row.name: row.text}
            keep_typed(actor, application, key, values, now, source=row.source, note=row.note)
    Application.objects.filter(pk=application.pk).update(saved_at=now)
    hold_in_scope(application, actor)


def _enter(
    actor: Actor, application: Application, verb: str, summary: str, rows: Collection[Offer]
) -> None:
    record(
        actor,
        verb,
        application,
        summary,
        data={"fields": [row.key for row in rows], "from": sorted({row.note for row in rows})},
        scope_code=application.scope_code,
        audience="unit",
    )


class Copied(NamedTuple):
    """The application, whether it was begun by this very call, and how much was copied."""

    application: Application
    begun: bool
    fields: int = 0
    files: int = 0


@transaction.atomic
def copy_application(
    *, actor: Actor, town: Town, call: Round, source: Application, evidence: bool = False
) -> Copied:
    """Begin an application from an earlier one of the same town: its texts, its files if wanted.

    Figures, requests to relax and commitments are never copied. One that is being filled already is
    returned as it is, so asking twice copies once. ValidationError when there is nothing to copy.
    """
    town = Town.objects.select_for_update(of=("self",)).select_related("county").get(pk=town.pk)
    live = Application.objects.filter(town=town, round=call, state__in=LIVE_FILINGS).exists()
    application = start_application(actor=actor, town=town, call=call)
    if live:
        return Copied(application, begun=False)
    origin = earlier_of(town, application).filter(pk=source.pk).first()
    if origin is None:
        raise ValidationError("只能复制本专业镇已经提交过的申报。")
    application.copied_from = origin
    application.save(update_fields=["copied_from"])
    rows = [row for row in offers(application) if row.open and row.source == "last_year"]
    if rows:
        _fill(actor, application, rows)
    files = _copy_evidence(application, origin) if evidence else 0
    hold_in_scope(application, actor)
    words = f"复制{note_of(origin).removeprefix('带自')}：内容 {len(rows)} 项，材料 {files} 份"
    _enter(actor, application, "copy_application", words, rows)
    return Copied(application, True, len(rows), files)


def _copy_evidence(application: Application, origin: Application) -> int:
    """The same stored files again, under the criteria that the new set still has."""
    criteria = {row.key for row in spec_of(application.criteria_set).criteria}
    slots = set(
        EvidenceSlot.objects.filter(round=application.round).values_list("criterion", "key")
    )
    ids = [row["id"] for row in origin.snapshot.get("evidence", [])]
    rows = Evidence.objects.filter(application=origin, pk__in=ids, criterion__in=criteria)
    year = f"（{origin.round.figures_year}年度）"
    copies = [
        Evidence(
            application=application,
            criterion=row.criterion,
            title=row.title
            if row.title.endswith(year)
            else f"{row.title[: TITLE_LENGTH - len(year)]}{year}",
            slot=row.slot if (row.criterion, row.slot) in slots else "",
            pages=row.pages,
            ordinal=row.ordinal,
            file=row.file,
        )
        for row in rows.select_related("file").order_by("criterion", "ordinal", "pk")
    ]
    return len(Evidence.objects.bulk_create(copies))
