"""The bytes of uploads under way: one part file each, in the data folder, outside of the site."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from django.conf import settings


def part_of(key: uuid.UUID) -> Path:
    """Where the bytes of an upload lie; the name is ours, nothing typed is in it."""
    return Path(settings.PORTAL_UPLOAD_DIR) / f"{key}.part"


def safe_size(key: uuid.UUID) -> int:
    """How many bytes lie there."""
    try:
        return part_of(key).stat().st_size
    except FileNotFoundError:
        return 0


def write_at(key: uuid.UUID, offset: int, content: bytes) -> None:
    """Write a piece and have it on the disk before this returns.

    What an interrupted request has left behind the confirmed bytes is cut off.
    """
    path = part_of(key)
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o640)
    try:
        os.ftruncate(handle, offset)
        view = memoryview(content)
        while view:
            written = os.pwrite(handle, view, offset)
            view, offset = view[written:], offset + written
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_part(key: uuid.UUID) -> None:
    """Remove the bytes, if they are there."""
    part_of(key).unlink(missing_ok=True)
