"""Receivers of other libraries' signals, all of them here; the portal has no signals of its own."""

from __future__ import annotations

from typing import Any

from celery.signals import worker_ready
from django.db.models.signals import post_migrate

from portal.core import jobs
from portal.core.triggers import install_triggers


def connect() -> None:
    """Connect every receiver once."""
    post_migrate.connect(_after_migrate, dispatch_uid="install_triggers")
    worker_ready.connect(_worker_started, dispatch_uid="sweep_at_start")


def _after_migrate(*, using: str, app_config: Any, **_: object) -> None:
    if app_config.label == "core":
        install_triggers(using)


def _worker_started(**_: object) -> None:
    jobs.sweep()
