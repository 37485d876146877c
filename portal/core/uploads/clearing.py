"""What nobody goes on with: uploads past their time, with everything they have left."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import ProtectedError

from portal.core import clock
from portal.core.models.files import StoredFile, Upload
from portal.core.uploads.parts import remove_part

# A file taken up again in this moment has just been touched (``storing.touch``).
UNTOUCHED_SECONDS = 3600


def clear_uploads() -> int:
    """Remove uploads past their time and parts without an upload; the number of uploads."""
    cleared = 0
    for key in Upload.objects.filter(expires_at__lt=clock.now()).values_list("pk", flat=True):
        cleared += _clear(key)
    _clear_strays()
    return cleared


@transaction.atomic
def _clear(key: uuid.UUID) -> bool:
    upload = Upload.objects.select_for_update().filter(pk=key, expires_at__lt=clock.now()).first()
    if upload is None:
        return False
    stored = upload.stored
    upload.delete()
    remove_part(key)
    if stored is not None:
        discard_stored(stored)
    return True


def discard_stored(stored: StoredFile) -> None:
    """Remove a stored file that nothing refers to; what was taken is kept by whoever took it."""
    name = str(stored.file.name)
    try:
        with transaction.atomic():
            stored.delete()
    except ProtectedError:
        return
    if StoredFile.objects.filter(file=name).exists() or not default_storage.exists(name):
        return
    age = time.time() - default_storage.get_modified_time(name).timestamp()
    if age > UNTOUCHED_SECONDS:
        transaction.on_commit(lambda: default_storage.delete(name))


def _clear_strays() -> None:
    """Part files whose row is gone: a server was killed between the two."""
    folder = Path(settings.PORTAL_UPLOAD_DIR)
    oldest = time.time() - settings.PORTAL_UPLOAD_HOURS * 3600
    for path in folder.glob("*.part"):
        try:
            known = Upload.objects.filter(pk=uuid.UUID(path.stem)).exists()
            if not known and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)
        except (ValueError, FileNotFoundError):
            continue  # not ours, or gone meanwhile
