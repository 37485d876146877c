"""Which rows of this app hold a stored file, and who sees them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from portal.core.actor import Actor
from portal.core.models import StoredFile
from portal.core.owners import register_owner
from towns.models import Application, Certification, Evidence, Honour, Submission, Town, TownPaper


def evidence_of(actor: Actor) -> QuerySet[Evidence]:
    """Evidence of the applications one sees; the town no longer what it has removed."""
    applications = Application.objects.visible_to(actor).order_by().values("pk")
    rows = Evidence.objects.filter(application__in=applications).select_related("application")
    return rows.filter(removed_at__isnull=True) if actor.scope is None else rows


def admits_evidence(row: Evidence, actor: Actor) -> bool:
    """Whoever writes the application reads what is there now, the others what was submitted."""
    if row.application.is_written_by(actor) and row.removed_at is None:
        return True
    return actor.scope is not None and (is_declared(row) or is_declared_scan(row))


def is_declared_scan(row: Evidence) -> bool:
    """Whether it keeps the request of a submission, which the town has replaced since."""
    if row.removed_at is None:
        return False
    declared = row.application.snapshot.get("request") or {}
    if declared.get("id") == row.file_id:
        return True
    earlier = Submission.objects.filter(application=row.application_id)
    return earlier.filter(snapshot__request__id=row.file_id).exists()


def is_declared(row: Evidence) -> bool:
    """Whether the last submission contains it."""
    return row.pk in {item["id"] for item in row.application.snapshot.get("evidence", [])}


def files_of(declared: Mapping[str, Any]) -> dict[int, StoredFile]:
    """The stored files of what was declared, by the key of their evidence."""
    keys = [item["id"] for item in declared.get("evidence", [])]
    return {row.pk: row.file for row in Evidence.objects.filter(pk__in=keys).select_related("file")}


def scan_of(application: Application, declared: Mapping[str, Any] | None) -> StoredFile | None:
    """The stored file of the request as it is declared; None where it is not known."""
    living = application.request_file
    if not declared:
        return None
    if living is not None and declared.get("id", living.pk) == living.pk:
        return living if declared["sha256"] == living.sha256 else None
    if "id" not in declared:
        return None
    return StoredFile.objects.filter(pk=declared["id"], sha256=declared["sha256"]).first()


def requests_of(actor: Actor) -> QuerySet[Application]:
    """Applications one sees that carry a stamped request."""
    return Application.objects.visible_to(actor).filter(request_file__isnull=False)


def admits_request(row: Application, actor: Actor) -> bool:
    """Whoever writes it reads what is there now, the others what was submitted."""
    return row.is_written_by(actor) or is_declared_request(row)


def is_declared_request(row: Application) -> bool:
    """Whether the last submission contains the request that is there now."""
    return row.request_file is not None and row.request_file == scan_of(
        row, row.snapshot.get("request")
    )


def papers_of(actor: Actor) -> QuerySet[TownPaper]:
    """Papers of the towns one sees."""
    return TownPaper.objects.filter(town__in=Town.objects.visible_to(actor).order_by().values("pk"))


register_owner("towns.Evidence", evidence_of, "file", admits=admits_evidence)
register_owner("towns.Application", requests_of, "request_file", admits=admits_request)
register_owner("towns.TownPaper", papers_of, "file")
register_owner("towns.Honour", Honour.objects.visible_to, "certificate")
register_owner("towns.Certification", Certification.objects.visible_to, "source_file")
