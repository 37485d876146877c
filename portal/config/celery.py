"""The Celery application: ``celery -A portal.config worker`` and ``... beat``."""

from __future__ import annotations

import os
from pathlib import Path

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

for _folder in (app.conf.broker_transport_options or {}).values():
    Path(_folder).mkdir(parents=True, exist_ok=True)
