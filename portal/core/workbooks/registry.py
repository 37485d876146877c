"""The kinds of import, registered by the apps whose rows they enter."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.workbooks.spec import Importer

_importers: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Add a kind of import; called when the app is ready."""
    _importers[importer.kind] = importer


def importer_of(kind: str) -> Importer:
    """The importer of a kind; KeyError when there is none."""
    return _importers[kind]


def importers() -> tuple[Importer, ...]:
    """All kinds, in the order they were registered."""
    return tuple(_importers.values())


def importers_for(actor: Actor) -> tuple[Importer, ...]:
    """The kinds that the acting post may import."""
    return tuple(row for row in _importers.values() if row.may_import(actor).ok)
