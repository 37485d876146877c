"""Codes, numbers and the text of a PDF somebody hands in, read by a confined process.

The process has limits of time and memory, no environment, no network where the system allows that,
and can write nothing but its short answer.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple

from django.core.cache import cache
from django.core.files.base import File

from portal.core.documents.codes import normalised

if TYPE_CHECKING:
    from portal.core.models import StoredFile

logger = logging.getLogger(__name__)

CORE: Final = Path(__file__).resolve().parent.parent
READER: Final = CORE / "inspection" / "traces.py"
FENCE: Final = CORE / "previews" / "confined.py"
SECONDS: Final = 10
MEGABYTES: Final = 1024
ANSWER_MEGABYTES: Final = 1
REMEMBERED_SECONDS: Final = 24 * 60 * 60
# The digest of a page without text.
EMPTY: Final = hashlib.sha256().hexdigest()[:16]


class Traces(NamedTuple):
    """What a file says of itself; ``problem`` (encrypted, damaged, timeout) when it cannot be read.

    ``texts`` is a digest of the text of each page.
    """

    codes: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    pages: int = 0
    problem: str = ""

    @property
    def has_text(self) -> bool:
        """Whether there is anything to compare: a scan has pages and no text."""
        return any(text != EMPTY for text in self.texts)


def is_pdf(content: File[bytes]) -> bool:
    """Whether it begins like one."""
    content.seek(0)
    head = content.read(1024)
    content.seek(0)
    return b"%PDF-" in head


def traces_of(content: File[bytes]) -> Traces:
    """Read a PDF in a process of its own."""
    with tempfile.TemporaryFile() as copy:
        content.seek(0)
        for chunk in content.chunks():
            copy.write(chunk)
        copy.flush()
        copy.seek(0)
        content.seek(0)
        return _traces(_ask(copy))


def traces_of_stored(stored: StoredFile) -> Traces:
    """The same of a stored file, whose bytes never change: read once a day."""
    key = f"traces:{stored.sha256}"
    said: dict[str, Any] | None = cache.get(key)
    if said is None:
        with stored.file.open("rb") as content, tempfile.TemporaryFile() as copy:
            for chunk in content.chunks():
                copy.write(chunk)
            copy.flush()
            copy.seek(0)
            said = _ask(copy)
        if "problem" not in said:
            cache.set(key, said, REMEMBERED_SECONDS)
    return _traces(said)


def _ask(content: IO[bytes]) -> dict[str, Any]:
    limits = map(str, (os.getpid(), SECONDS, MEGABYTES, ANSWER_MEGABYTES))
    with tempfile.TemporaryFile() as answer:
        try:
            done = subprocess.run(
                [sys.executable, "-I", str(FENCE), *limits, sys.executable, "-I", str(READER)],
                stdin=content,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env={"LC_ALL": "C.UTF-8"},
                cwd="/",
                timeout=SECONDS * 2,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"problem": "timeout"}
        answer.seek(0)
        try:
            said: dict[str, Any] = json.loads(answer.read())
        except ValueError:
            logger.warning("a PDF ended its reading (%s)", done.returncode)
            return {"problem": "timeout" if done.returncode < 0 else "damaged"}
    return said


def _traces(said: dict[str, Any]) -> Traces:
    if "problem" in said:
        return Traces(problem=str(said["problem"]))
    codes = (normalised(code) for code in said["codes"])
    return Traces(
        codes=tuple(dict.fromkeys(code for code in codes if code)),
        numbers=tuple(said["numbers"]),
        texts=tuple(said["texts"]),
        pages=int(said["pages"]),
    )
