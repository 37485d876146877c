"""导入: what its addresses and actions are asked with."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from portal.core import clock
from portal.core.actor import acting_office, acting_seat, acting_user
from portal.core.constants import ImportState
from portal.core.files import store_bytes
from portal.core.models import ImportRun

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.factories import World
    from tests.test_access import County

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def import_of(world: World) -> ImportRun:
    """A rehearsed import of the filer's, with its marked copy, made once."""
    actor = world.actor("puxian.filer")
    present = ImportRun.objects.visible_to(actor).filter(state=ImportState.REHEARSED).first()
    if present is not None:
        return present
    return ImportRun.objects.create(
        kind="honours",
        office=acting_office(actor),
        post=acting_seat(actor),
        created_by=acting_user(actor),
        created_name=actor.name,
        book=store_bytes(b"book", "荣誉.xlsx", XLSX, actor),
        marked=store_bytes(b"marked", "荣誉（检查结果）.xlsx", XLSX, actor),
        state=ImportState.REHEARSED,
        counts={"add": 1, "change": 0, "same": 0, "refuse": 0},
        created_at=clock.now(),
    )


def workbook() -> SimpleUploadedFile:
    """A workbook with one cell."""
    book, handle = Workbook(), io.BytesIO()
    book.worksheets[0].append(["统一社会信用代码"])
    book.save(handle)
    return SimpleUploadedFile("企业名单.xlsx", handle.getvalue())


CERTIFIED = {"kind": "certified_towns"}
STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "import-new:certified": lambda held: CERTIFIED,
    "import-template:certified": lambda held: CERTIFIED,
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "core.start_import": lambda held: {"kind": "enterprises", "upload": workbook()},
    "core.commit_import": lambda held: {"run": import_of(held.world)},
    "core.abandon_import": lambda held: {"run": import_of(held.world)},
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    run = {"pk": import_of(county.world).pk}
    return {
        "import-new": {"kind": "honours"},
        "import-template": {"kind": "honours"},
        "import": run,
        "import-commit": run,
        "import-abandon": run,
        "import-marked": run,
    }
