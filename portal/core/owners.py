"""The one way to a stored file: through a row that holds it and that the reader sees.

A file has no region and no office of its own. Each app says in ``apps.ready()`` which of its rows
hold files and which of those an actor sees; ``held_by`` looks for one that does. Whoever sees no
such row gets 404, as for a file that does not exist. ``tests/core/test_owners.py`` walks all models
that point at a stored file and fails when one is neither registered nor left out with a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import Http404

from portal.core.actor import Actor
from portal.core.document_queries import readable
from portal.core.models import (
    DocumentBatch,
    DocumentBatchItem,
    ImportRun,
    Job,
    Rendition,
    StoredFile,
)

Rows = Callable[[Actor], "QuerySet[Any]"]
Admits = Callable[[Any, Actor], bool]
ABSENT = "没有这份文件，或者它不在您的可见范围内。"
# How many rows of one kind are tried: the same file may be attached in several places.
TRIED = 20


class Owner(NamedTuple):
    """A kind of row that holds files: ``rows`` are those an actor sees, ``field`` the file.

    ``admits`` decides on a single row what a query cannot say (what a frozen snapshot contains).
    """

    label: str
    rows: Rows
    field: str
    admits: Admits | None


class Reached(NamedTuple):
    """A stored file and the row through which it was reached."""

    file: StoredFile
    owner: Model


_owners: list[Owner] = []


def register_owner(
    label: str, rows_for_actor: Rows, field: str, *, admits: Admits | None = None
) -> None:
    """Say which rows of a model (``"towns.Evidence"``) hold a stored file, and who sees them."""
    _owners.append(Owner(label, rows_for_actor, field, admits))


def owners() -> tuple[Owner, ...]:
    """Every registered kind of row, in the order in which they are tried."""
    return tuple(_owners)


def held_by(stored_id: int, actor: Actor) -> Model | None:
    """A row that holds the file and that the actor sees; None when there is none."""
    reached = _reach(stored_id, actor)
    return reached.owner if reached is not None else None


def reachable(actor: Actor, pk: int) -> Reached:
    """A stored file through a row that the actor sees, or 404."""
    reached = _reach(pk, actor)
    if reached is None:
        raise Http404(ABSENT)
    return reached


def _reach(stored_id: int, actor: Actor) -> Reached | None:
    """One query finds the file and which kinds of row hold it, one for each kind the row."""
    holding = {
        f"held_{number}": Exists(_model(owner).objects.filter(**{owner.field: OuterRef("pk")}))
        for number, owner in enumerate(_owners)
    }
    stored = StoredFile.objects.filter(pk=stored_id).annotate(**holding).first()
    if stored is None:
        return None
    for number, owner in enumerate(_owners):
        if not getattr(stored, f"held_{number}"):
            continue
        rows = owner.rows(actor).filter(**{owner.field: stored_id}).order_by("-pk")
        for row in rows[:TRIED]:
            if owner.admits is None or owner.admits(row, actor):
                return Reached(stored, row)
    return None


def _model(owner: Owner) -> Any:
    return apps.get_model(owner.label)


def register_own() -> None:
    """Rows of this app that hold files: jobs, imports, renditions of official documents."""
    register_owner("core.Job", Job.objects.visible_to, "file")
    for field in ("book", "marked", "report"):
        register_owner("core.ImportRun", ImportRun.objects.visible_to, field)
    register_owner(
        "core.Rendition",
        lambda actor: Rendition.objects.filter(
            document__in=readable(actor).order_by().values("pk")
        ).select_related("document"),
        "file",
    )
    for field in ("bundle", "merged"):
        register_owner("core.DocumentBatch", DocumentBatch.objects.visible_to, field)
    register_owner(
        "core.DocumentBatchItem",
        lambda actor: DocumentBatchItem.objects.filter(
            batch__in=DocumentBatch.objects.visible_to(actor).order_by().values("pk")
        ).select_related("batch"),
        "file",
    )
