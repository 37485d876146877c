"""Kill -9 the site in the middle of an upload: what was confirmed is there, no half is left."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import signal
import sys
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings

from portal.core.actions.uploads import take_uploads
from portal.core.actor import Actor, acting_office, acting_seat
from portal.core.models import StoredFile, Upload
from portal.core.uploads.parts import part_of, safe_size
from portal.core.uploads.storing import digest_of
from tests.conftest import Process, database_url
from tests.factories import client_of, make_world
from tests.papers import pdf
from tests.services import free_port

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
STEP = 48 * 1024


class Site(Process):
    """The site as production serves it, on the database of the test."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = [
            *(sys.executable, "-m", "gunicorn", "-c", "portal/config/deploy/gunicorn.conf.py"),
            *("--bind", f"127.0.0.1:{self.port}", "--workers", "1", "--threads", "4"),
        ]
        super().__init__(command, folder / "site.log", {"PORTAL_DATABASE_URL": database_url()})

    def start(self) -> None:
        super().start()
        deadline = time.monotonic() + 90
        while self.ask("GET", "/healthz")[0] != 200:
            assert self.running and time.monotonic() < deadline, self.text()[-2000:]
            time.sleep(0.05)

    def ask(
        self, method: str, address: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """The status and the body; 0 while nothing answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            line.request(method, address, body, headers or {})
            answer = line.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            line.close()


class Person:
    """A signed-in browser that sends pieces and survives the site."""

    def __init__(self, site: Site, actor: Actor) -> None:
        self.site = site
        self.query = f"?post={acting_seat(actor).pk}"
        self.root = f"/o/{acting_office(actor).slug}/uploads/"
        session = client_of(actor).cookies[settings.SESSION_COOKIE_NAME].value
        token = "a" * 32
        self.headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={token}",
            "X-CSRFToken": token,
        }

    def post(self, address: str, body: bytes, kind: str) -> tuple[int, dict[str, Any]]:
        status, text = self.site.ask("POST", address, body, {**self.headers, "Content-Type": kind})
        return status, json.loads(text) if text.startswith(b"{") else {}

    def begin(self, name: str, size: int) -> dict[str, Any]:
        form = urlencode({"name": name, "size": size, "fingerprint": "f"}).encode()
        status, found = self.post(self.root + self.query, form, "application/x-www-form-urlencoded")
        assert status == 200, (status, found, self.site.text()[-2000:])
        return found

    def append(self, found: dict[str, Any], offset: int, piece: bytes) -> tuple[int, int]:
        address = f"{found['append']}&offset={offset}"
        status, said = self.post(address, piece, "application/octet-stream")
        return status, int(said.get("received", -1))

    def half_a_piece(
        self, found: dict[str, Any], offset: int, piece: bytes
    ) -> http.client.HTTPConnection:
        """A request whose body stops in the middle; the line stays open."""
        line = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=30)
        line.putrequest("POST", f"{found['append']}&offset={offset}")
        for name, value in {**self.headers, "Content-Length": str(len(piece))}.items():
            line.putheader(name, value)
        line.putheader("Content-Type", "application/octet-stream")
        line.endheaders(piece[: len(piece) // 2])
        return line


def paper() -> bytes:
    """A PDF of a megabyte that no two pieces have in common."""
    noise = random.Random(7).randbytes(1024 * 1024).replace(b"endstream", b"x")
    return pdf(objects=[b"<< /Length %d >>\nstream\n" % len(noise) + noise + b"\nendstream"])


def test_a_site_killed_in_mid_upload_loses_nothing_that_was_confirmed(tmp_path: Path) -> None:
    world = make_world()
    filer = world.actor("puxian.filer")
    content = paper()
    site = Site(tmp_path)
    site.start()
    try:
        person = Person(site, filer)
        found = person.begin("长文件.pdf", len(content))
        key, confirmed, deaths = uuid.UUID(found["id"]), 0, 0
        for turn in itertools.count():
            assert turn < 200
            if confirmed == len(content):
                break
            piece = content[confirmed : confirmed + STEP]
            if turn in (4, 9, 13):
                line = person.half_a_piece(found, confirmed, piece)
                time.sleep(0.02 * turn)
                site.kill()
                line.close()
                deaths += 1
                assert Upload.objects.get(pk=key).received == confirmed
                assert part_of(key).read_bytes()[:confirmed] == content[:confirmed]
                site.start()
                # The page was loaded anew and the same file chosen again.
                again = person.begin("长文件.pdf", len(content))
                assert (again["id"], again["received"]) == (found["id"], confirmed)
                continue
            status, received = person.append(found, confirmed, piece)
            assert (status, received) == (200, confirmed + len(piece)), site.text()[-2000:]
            confirmed = received
            assert safe_size(key) >= confirmed
        assert deaths == 3
        status, done = person.post(found["finish"], b"", "text/plain")
        assert (status, done.get("done")) == (200, True), done
    finally:
        site.stop()
    (stored,) = take_uploads([key], filer)
    with stored.file.open("rb") as there:
        assert digest_of(there) == stored.sha256
        assert there.read() == content
    assert not part_of(key).exists()


def test_a_site_killed_while_it_finishes_leaves_no_half(tmp_path: Path) -> None:
    world = make_world()
    filer = world.actor("puxian.filer")
    content = paper() + b"%finish\n"
    site = Site(tmp_path)
    site.start()
    try:
        person = Person(site, filer)
        found = person.begin("长文件.pdf", len(content))
        assert person.append(found, 0, content) == (200, len(content))
        line = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
        line.request("POST", found["finish"], b"", person.headers)
        time.sleep(0.05)
        site.kill()
        line.close()
        upload = Upload.objects.get(pk=found["id"])
        assert upload.stored is None or upload.stored.sha256
        assert (upload.stored is None) == (
            not StoredFile.objects.filter(name="长文件.pdf").exists()
        )
        site.start()
        status, done = person.post(found["finish"], b"", "text/plain")
        assert (status, done.get("done")) == (200, True), done
    finally:
        site.stop()
    (stored,) = StoredFile.objects.filter(name="长文件.pdf")
    with stored.file.open("rb") as there:
        assert there.read() == content


def test_the_kill_is_a_real_one(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.start()
    site.kill()
    assert site.process is not None
    assert site.process.returncode == -signal.SIGKILL
    assert site.ask("GET", "/healthz")[0] == 0
