"""Whether a file may come in, by its content; a process of its own looks into it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.conf import settings
from django.core.files.base import File

from portal.core.inspection.sniffing import is_program, what_it_is
from portal.core.uploads.kinds import ACCEPTED, ACCEPTED_TEXT, INSTEAD, NEWER, OLE, Accepted
from portal.core.uploads.names import clean_name, extension_of
from portal.core.uploads.problems import unfit

logger = logging.getLogger(__name__)

CHILD = Path(__file__).resolve().parent.parent / "inspection" / "child.py"
SECONDS = 30
REMEMBERED = 500


class Checked(NamedTuple):
    """A file that may come in: what it is, its clean name, its digest and what was found in it."""

    kind: Accepted
    name: str
    size: int
    sha256: str
    flags: tuple[str, ...]
    pages: int | None


# What was found in the same bytes under the same extension: a file is looked into once.
_verdicts: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()
_lock = threading.Lock()


def megabytes(size: int) -> str:
    """A limit as people read it."""
    return f"{size / 1024 / 1024:g} MB"


def check_size(name: str, size: int | None) -> None:
    """Neither empty nor larger than allowed."""
    if not size:
        raise unfit("empty", name=name)
    if size > settings.PORTAL_UPLOAD_MAX_BYTES:
        raise unfit("too_large", name=name, limit=megabytes(settings.PORTAL_UPLOAD_MAX_BYTES))


def kind_of(name: str) -> Accepted:
    """The kind that a name claims; ValidationError when it is none of the accepted ones."""
    extension = extension_of(name)
    if extension not in ACCEPTED:
        advice = INSTEAD.get(extension, f"请上传{ACCEPTED_TEXT}。")
        raise unfit("format", name=name, advice=advice)
    return ACCEPTED[extension]


def check(upload: File[bytes], given: str) -> Checked:
    """Look at a whole file; raises ValidationError in Chinese with the reason to keep it out."""
    name = clean_name(given)
    kind = kind_of(name)
    check_size(name, upload.size)
    upload.seek(0)
    head = upload.read(4096)
    _check_head(head, name, kind)
    digest = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        digest.update(chunk)
    sha256 = digest.hexdigest()
    verdict = _remembered(sha256, kind.extension)
    if verdict is None:
        with _on_disk(upload) as content:
            verdict = look_into(content, kind.extension)
        _remember(sha256, kind.extension, verdict)
    upload.seek(0)
    if "problem" in verdict:
        details = {"what": "", "extension": kind.extension.upper()} | verdict.get("details", {})
        raise unfit(verdict["problem"], name=name, **details)
    return Checked(
        kind, name, upload.size, sha256, tuple(verdict.get("flags", ())), verdict.get("pages")
    )


def _check_head(head: bytes, name: str, kind: Accepted) -> None:
    """The beginning says what the name says; otherwise what it seems to be."""
    # An Office file locked by a password lies in a compound file, whatever its name.
    locked = head.startswith(OLE) and kind.extension in NEWER
    if (head.startswith(kind.magic) or locked) and not is_program(head):
        if kind.extension != "webp" or head[8:12] == b"WEBP":
            return
    if kind.extension == "pdf" and b"%PDF-" in head[:1024]:
        raise unfit("header", name=name)
    word, advice = what_it_is(head)
    for other in ACCEPTED.values():
        if not word and head.startswith(other.magic) and other.extension not in ("bmp", "webp"):
            word = {"doc": "较早版本的 Office 文件", "docx": "较新版本的 Office 文件或压缩包"}.get(
                other.extension, f"{other.extension.upper()} 文件"
            )
            advice = "请改用正确的扩展名，或用原软件另存后再上传。"
    extension = kind.extension.upper()
    if word:
        raise unfit("other", name=name, extension=extension, what=word, advice=advice)
    raise unfit("content", name=name, extension=extension, what="")


@contextlib.contextmanager
def _on_disk(upload: File[bytes]) -> Iterator[IO[bytes]]:
    """The content as an open file of the system, which another process can be given."""
    with tempfile.TemporaryFile() as copy:
        upload.seek(0)
        for chunk in upload.chunks():
            copy.write(chunk)
        copy.flush()
        copy.seek(0)
        yield copy


def look_into(content: IO[bytes], extension: str) -> dict[str, Any]:
    """Start the process that looks into a file, and read its verdict.

    It has limits of time and memory, no environment, no network of ours and no Django. If it dies,
    the file is the reason.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(CHILD), extension],
            stdin=content,
            capture_output=True,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"problem": "timeout"}
    try:
        verdict: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        ending = done.stderr.decode(errors="replace").strip()[-300:]
        logger.warning(
            "a %s file ended its inspection (%s): %s", extension, done.returncode, ending
        )
        return {"problem": "timeout" if done.returncode < 0 else "broken"}
    return verdict


def _remembered(sha256: str, extension: str) -> dict[str, Any] | None:
    with _lock:
        return _verdicts.get((sha256, extension))


def _remember(sha256: str, extension: str, verdict: dict[str, Any]) -> None:
    if verdict.get("problem") == "timeout":
        return  # a busy machine is no fault of the file
    with _lock:
        _verdicts[sha256, extension] = verdict
        while len(_verdicts) > REMEMBERED:
            _verdicts.popitem(last=False)
