"""``manage.py serve``: the embedded default, site with worker and beat beside it."""

from __future__ import annotations

import os
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.core.documents.checks import faults
from portal.core.supervisor import Child, Supervisor

GUNICORN = "portal/config/deploy/gunicorn.conf.py"


class Command(BaseCommand):
    """Serve the site and work its jobs until it is told to stop."""

    help = "Serve the site on this machine, with a Celery worker and beat supervised beside it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address to listen on."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1")

    def handle(self, *args: Any, **options: Any) -> None:
        """Start the three and stay until SIGTERM or Ctrl-C."""
        # Its worker would not start: see documents.checks.
        if found := faults():
            raise CommandError("\n".join(str(message) for message in found))
        host, port = options["host"], options["port"]
        children = [
            Child(
                "site",
                [
                    *("-m", "gunicorn", "-c", GUNICORN, "--bind", f"{host}:{port}"),
                    # One process, for SQLite's writers take turns anyway.
                    *("--workers", "1", "--threads", "8", "--max-requests", "0"),
                    "--no-control-socket",
                ],
            ),
            Child(
                "worker",
                [
                    *("-m", "celery", "-q", "-A", "portal.config", "worker"),
                    # Solo: no pool of processes that could outlive the worker.
                    *("--pool", "solo", "--loglevel", "WARNING"),
                    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
                    *("--hostname", f"embedded{port}@%h"),
                ],
                # A worker asked politely finishes its job first; the sweep takes up a broken one.
                death_signal=signal.SIGKILL,
            ),
            Child(
                "beat",
                [
                    *("-m", "celery", "-q", "-A", "portal.config", "beat"),
                    *("--loglevel", "WARNING", "--pidfile", ""),
                ],
            ),
        ]
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        self.stdout.write(f"http://{host}:{port}/  (Ctrl-C stops the site and its worker)")
        self.stdout.flush()
        Supervisor(
            children,
            folder=settings.BASE_DIR,
            environment=os.environ,
            say=self._say,
        ).run()

    def _say(self, text: str) -> None:
        self.stderr.write(text)
