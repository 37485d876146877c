"""Which rows of this app hold a stored file, and who sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from portal.core.actor import Actor
from portal.core.models import StoredFile
from portal.core.owners import register_owner
from towns.models import Application, Certification, Evidence, Honour, Town, TownPaper


def evidence_of(actor: Actor) -> QuerySet[Evidence]:
    """Evidence of the applications one sees; the town no longer what it has removed."""
    applications = Application.objects.visible_to(actor).order_by().values("pk")
    rows = Evidence.objects.filter(application__in=applications).select_related("application")
    return rows.filter(removed_at__isnull=True) if actor.scope is None else rows


def admits_evidence(row: Evidence, actor: Actor) -> bool:
    """An office reads what was submitted, the town what is there now."""
    return actor.scope is None or is_declared(row)


def is_declared(row: Evidence) -> bool:
    """Whether the last submission contains it."""
    return row.pk in {item["id"] for item in row.application.snapshot.get("evidence", [])}


def files_of(declared: Mapping[str, Any]) -> dict[int, StoredFile]:
    """The stored files of what was declared, by the key of their evidence."""
    keys = [item["id"] for item in declared.get("evidence", [])]
    return {row.pk: row.file for row in Evidence.objects.filter(pk__in=keys).select_related("file")}


def papers_of(actor: Actor) -> QuerySet[TownPaper]:
    """Papers of the towns one sees."""
    return TownPaper.objects.filter(town__in=Town.objects.visible_to(actor).order_by().values("pk"))


register_owner("towns.Evidence", evidence_of, "file", admits=admits_evidence)
register_owner("towns.TownPaper", papers_of, "file")
register_owner("towns.Honour", Honour.objects.visible_to, "certificate")
register_owner("towns.Certification", Certification.objects.visible_to, "source_file")
