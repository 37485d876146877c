"""离线填报和打印: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core import clock
from portal.core.actor import acting_office, acting_seat, acting_user
from portal.core.constants import ImportState
from portal.core.files import store_bytes
from portal.core.models import ImportRun
from tests.access.subjects.imports import XLSX, workbook
from towns.actions.offline import KIND, runs_of
from towns.models import Application

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.factories import World
    from tests.test_access import County


def run_of(world: World, application: Application) -> ImportRun:
    """A rehearsed workbook of the filer's for an application that is being filled, made once."""
    actor = world.actor("puxian.filer")
    rows = runs_of(actor, application).filter(state=ImportState.REHEARSED)
    present: ImportRun | None = rows.first()
    if present is not None:
        return present
    return ImportRun.objects.create(
        kind=KIND,
        office=acting_office(actor),
        post=acting_seat(actor),
        created_by=acting_user(actor),
        created_name=actor.name,
        book=store_bytes(b"book", "申报表格.xlsx", XLSX, actor),
        marked=store_bytes(b"marked", "申报表格（检查结果）.xlsx", XLSX, actor),
        arguments={"application": application.pk},
        state=ImportState.REHEARSED,
        counts={"change": 1, "refuse": 0, "conflict": 0, "asks": 0},
        created_at=clock.now(),
    )


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.start_offline": lambda held: {
        "application": held.county.filing,
        "upload": workbook(),
    },
    "towns.commit_offline": lambda held: {
        "run": run_of(held.world, held.county.filing),
        "choices": {},
        "seen": {},
    },
    "towns.abandon_offline": lambda held: {"run": run_of(held.world, held.county.filing)},
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    filing = {"pk": county.filing.pk}
    run = {**filing, "run": run_of(county.world, county.filing).pk}
    return {
        "application-offline": filing,
        "application-skeleton": filing,
        "offline-import": run,
        "offline-commit": run,
        "offline-abandon": run,
        "offline-marked": run,
    }
