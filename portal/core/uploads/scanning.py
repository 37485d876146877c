"""The virus scanner: clamd over its socket, when one is configured (``PORTAL_CLAMD_SOCKET``).

A scanner that cannot be reached keeps nobody from working: the file is kept as 扫描未完成 and
looked at again by ``rescan``. What was never scanned says so wherever the file is shown.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import struct
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.core.files.base import File
from django.db.models import Q

from portal.core import clock
from portal.core.constants import Scan
from portal.core.errors import Verdict, refuse
from portal.core.models.files import StoredFile
from portal.core.stream import observe
from portal.core.uploads.problems import unfit

if TYPE_CHECKING:
    from portal.core.actor import Actor

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 3
ANSWER_SECONDS = 30
STEP = 128 * 1024
AT_ONCE = 200
FOUND = re.compile(r"^stream: (?P<name>.+) FOUND$")


class ScannerUnreachable(Exception):
    """No answer that could be believed."""


class Scanned(NamedTuple):
    """What the scanner said, and when."""

    state: Scan
    note: str = ""
    at: datetime | None = None


def scan(content: File[bytes]) -> Scanned:
    """Ask the scanner about a file; 未查病毒 when none is configured, never an exception."""
    if not settings.PORTAL_CLAMD_SOCKET:
        return Scanned(Scan.UNSCANNED)
    content.seek(0)
    try:
        answer = ask(content.chunks(STEP))
    except (OSError, ScannerUnreachable) as error:
        logger.warning("virus scanner: %s", error)
        return Scanned(Scan.FAILED, "扫描程序没有应答，稍后自动重试")
    finally:
        content.seek(0)
    found = FOUND.match(answer)
    if found:
        return Scanned(Scan.INFECTED, found["name"][:200], clock.now())
    if answer == "stream: OK":
        return Scanned(Scan.CLEAN, "", clock.now())
    logger.warning("virus scanner answered %r", answer)
    return Scanned(Scan.FAILED, f"扫描程序答复：{answer}"[:200])


def ask(chunks: Iterable[bytes]) -> str:
    """clamd's INSTREAM: each piece after its length, a length of nought at the end, one line back.

    The address is the path of a unix socket, or host:port.
    """
    with _line_to(settings.PORTAL_CLAMD_SOCKET) as line:
        line.settimeout(ANSWER_SECONDS)
        line.sendall(b"zINSTREAM\x00")
        try:
            for chunk in chunks:
                line.sendall(struct.pack("!I", len(chunk)) + chunk)
            line.sendall(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            # It closes early when the file is larger than its own limit; its answer says so.
            logger.info("the virus scanner closed the line early")
        answer = b""
        while not answer.endswith(b"\x00") and len(answer) < 4_096:
            piece = line.recv(4_096)
            if not piece:
                break
            answer += piece
    if not answer:
        raise ScannerUnreachable("no answer")
    return answer.rstrip(b"\x00\n").decode(errors="replace")


def _line_to(address: str) -> socket.socket:
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(CONNECT_SECONDS)
        failed = line.connect_ex(address)
        if failed:
            line.close()
            raise ScannerUnreachable(f"{address}: {os.strerror(failed)}")
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS)


def scan_or_refuse(content: File[bytes], name: str, actor: Actor) -> Scanned:
    """Scan what comes in; an infected file is refused, and that is noted."""
    scanned = scan(content)
    if scanned.state == Scan.INFECTED:
        # In the log too: the entry below goes with the caller's transaction if that is undone.
        logger.warning("infected file refused: %s, %s, by %s", name, scanned.note, actor.label)
        observe(
            actor,
            "refused",
            subject=f"文件 {name}",
            summary=f"查出病毒 {scanned.note}，没有保存",
            outcome="refused",
        )
        raise unfit("infected", name=name, what=scanned.note)
    return scanned


def rescan(limit: int = AT_ONCE) -> int:
    """Scan what waits for it, the oldest first; how many are known now.

    Ends at the first file for which the scanner does not answer: it will not answer for the next.
    """
    if not settings.PORTAL_CLAMD_SOCKET:
        return 0
    waiting = StoredFile.objects.filter(Q(scan=Scan.FAILED) | Q(scan=Scan.UNSCANNED))
    known = 0
    for stored in waiting.order_by("pk")[:limit]:
        with stored.file.open("rb") as content:
            scanned = scan(content)
        if scanned.state == Scan.FAILED:
            StoredFile.objects.filter(pk=stored.pk).update(scan=Scan.FAILED, scan_note=scanned.note)
            break
        # The same bytes are the same everywhere.
        StoredFile.objects.filter(sha256=stored.sha256, scan=stored.scan).update(
            scan=scanned.state, scan_note=scanned.note, scanned_at=scanned.at
        )
        known += 1
    return known


def may_download(stored: StoredFile, actor: Actor) -> Verdict:
    """An infected file goes out to nobody; an unscanned one to others only if the setting says."""
    if stored.scan == Scan.INFECTED:
        return refuse(
            f"“{stored.name}”被查出病毒（{stored.scan_note}），不能下载。"
            "请联系上传人换用干净的文件。"
        )
    known = stored.scan in (Scan.CLEAN, Scan.MADE)
    own = actor.user is not None and actor.user.pk == stored.created_by_id
    if known or own or settings.PORTAL_UNSCANNED_DOWNLOAD:
        return Verdict(True)
    return refuse(
        f"“{stored.name}”还没有完成病毒扫描，暂时只有上传人可以下载。请在扫描完成后再试，"
        "长时间没有完成的，请联系系统管理员。"
    )
