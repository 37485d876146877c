"""``manage.py demo``: demonstration data, the main job from filing to issue, then the site."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from portal.core.constants import Can, JobState
from portal.core.models import Job, OfficialDocument, StoredFile, User
from portal.workspace.demonstration.seeding import (
    Seeder,
    main_round,
    next_main_town,
    notice_start,
)
from portal.workspace.demonstration.timing import Stages
from portal.workspace.loading import load_reference
from reviews.models import Case
from towns.exports import RosterFilter
from towns.models import Town
from towns.tasks import request_roster

PASSWORD = "Demo-zhuanyezhen-2026"  # noqa: S105 - demonstration accounts only, printed below
HEADLINES = (
    ("filer", "填报人"),
    ("submitter", "提交人"),
    ("contact", "填报联系人"),
    ("county", "县级办公室"),
    ("city", "市级办公室"),
    ("province", "省级办公室"),
    ("expert", "专家"),
    ("unit", "成员单位"),
    ("admin", "系统管理员"),
    ("security", "安全管理员"),
    ("auditor", "审计员"),
)


@contextmanager
def a_worker() -> Iterator[subprocess.Popen[bytes]]:
    """A real worker for the time of the main job; it starts while data is still being loaded."""
    command = ["-q", "-A", "portal.config", "worker", "--pool", "solo", "--loglevel", "ERROR"]
    worker = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "celery", *command],
        cwd=settings.BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait(timeout=20)


def know_address(port: int) -> None:
    """The demonstration's documents lead to its own verification page, unless told otherwise."""
    if not settings.PORTAL_SITE_URL:
        settings.PORTAL_SITE_URL = f"http://127.0.0.1:{port}"
        os.environ.update(PORTAL_SITE_URL=settings.PORTAL_SITE_URL)  # for the worker


class Command(BaseCommand):
    """Set up the demonstration and perform the main job; safe to repeat."""

    help = "Load demonstration data, perform the main job, write its documents, serve the site."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """``--no-serve`` stops after the main job; ``--out`` names the folder of the documents."""
        parser.add_argument("--no-serve", action="store_true")
        parser.add_argument("--out", type=Path, default=Path("demo-output"))
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run every stage, write the summary, then serve unless told not to."""
        if not settings.PORTAL_DEMO or settings.PORTAL_MODE == "production":
            raise CommandError("Set PORTAL_DEMO=1 and do not run this in production.")
        out: Path = options["out"].resolve()
        out.mkdir(parents=True, exist_ok=True)
        know_address(options["port"])
        stages = Stages(self.stdout.write)
        with stages("migrate"):
            call_command("migrate", verbosity=0)
        with a_worker() as worker:
            with stages("reference data"):
                load_reference(settings.PORTAL_FIXTURES_DIR)
            with stages("demonstration data"):
                seeder = Seeder(settings.PORTAL_FIXTURES_DIR, PASSWORD, self._say)
                seeder.applications()
            summary = self._main_job(seeder, out, stages, worker)
        summary["seconds"] = stages.seconds
        (out / "summary.json").write_text(
            json.dumps(summary, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
        )
        self._report(out, summary, options)
        if not options["no_serve"]:
            call_command("serve", port=options["port"])

    def _say(self, text: str) -> None:
        self.stdout.write(f"    {text}")
        self.stdout.flush()

    def _main_job(
        self, seeder: Seeder, out: Path, stages: Stages, worker: subprocess.Popen[bytes]
    ) -> dict[str, Any]:
        folder = settings.PORTAL_FIXTURES_DIR
        start = notice_start()
        with stages("main job: filing and review"):
            texts, town = next_main_town(folder, seeder.towns)
            day = start - timedelta(days=15)
            call = main_round(folder, seeder.rounds, day)
            self._say(f"{town.name}：{call.title}")
            player, application = seeder.draft(texts, town, call, day, self._say)
            player.hand_over(application)
            case = player.submit(application)
            while case.state == "open" and case.step != "issue":
                if case.step == "public_notice":
                    player.day = max(player.day, start)
                case = player.advance(case)
        with stages("main job: issue"):
            player.pass_days(1)
            document = player.issue([case])
            exporter = player.person(document.office, Can.EXPORT)
            roster = request_roster(exporter, RosterFilter(level="province"))
        with stages("main job: PDF and roster by the worker"):
            notice_job = Job.objects.get(key=f"render:{document.pk}")
            self._wait([notice_job, roster], worker)
        return self._collect(out, document, notice_job, roster)

    def _wait(self, jobs: list[Job], worker: subprocess.Popen[bytes]) -> None:
        """Print the stored progress of the jobs until the worker has done them."""
        keys = [job.pk for job in jobs]
        deadline = time.monotonic() + 180
        shown: dict[int, str] = {}
        rows: list[Job] = []
        while time.monotonic() < deadline:
            rows = list(Job.objects.filter(pk__in=keys).order_by("pk"))
            for job in rows:
                text = f"{job.label}：{job.get_state_display()} {job.percent}%"
                if shown.get(job.pk) != text:
                    shown[job.pk] = text
                    self._say(text)
            if all(job.is_finished for job in rows):
                break
            if worker.poll() is not None:
                raise CommandError("The worker stopped; see the log above.")
            time.sleep(0.1)
        for job in rows:
            if job.state != JobState.DONE:
                raise CommandError(f"{job.label}: {job.reason or job.get_state_display()}")

    def _collect(
        self, out: Path, document: OfficialDocument, notice_job: Job, roster_job: Job
    ) -> dict[str, Any]:
        digests: dict[str, str] = {}
        for name, job in (("notice.pdf", notice_job), ("roster.xlsx", roster_job)):
            job.refresh_from_db()
            stored = StoredFile.objects.get(pk=job.result["file"])
            with stored.file.open("rb") as source, (out / name).open("wb") as target:
                shutil.copyfileobj(source, target)
            digests[name] = hashlib.sha256((out / name).read_bytes()).hexdigest()
            if digests[name] != stored.sha256:
                raise CommandError(f"{name} differs from what was stored.")
        document.refresh_from_db()
        return {
            "cases": Case.objects.count(),
            "towns": Town.objects.count(),
            "document_number": document.number,
            "sha256": digests,
        }

    def _report(self, out: Path, summary: dict[str, Any], options: dict[str, Any]) -> None:
        write = self.stdout.write
        write("")
        write(f"文件 files: {out}/notice.pdf, {out}/roster.xlsx, {out}/summary.json")
        write(f"文号 number: {summary['document_number']}")
        write(f"办件 cases: {summary['cases']}    专业镇 towns: {summary['towns']}")
        if options["no_serve"]:
            return
        write("")
        write(f"网址 address: http://localhost:{options['port']}/")
        write(f"口令 password of every demonstration account: {PASSWORD}")
        present = set(User.objects.values_list("username", flat=True))
        for username, role in HEADLINES:
            if username in present:
                write(f"  {username:<10} {role}")
        write("")
        self.stdout.flush()
