"""``manage.py load_fixtures``: regions, offices, posts, criteria sets and policies."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal.workspace.loading import load_reference


class Command(BaseCommand):
    """Load the reference data; safe to repeat."""

    help = "Load regions, offices, posts, indicators, criteria sets and policies."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say what is there."""
        found = load_reference(settings.PORTAL_FIXTURES_DIR)
        self.stdout.write(", ".join(f"{count} {name}" for name, count in found.items()))
