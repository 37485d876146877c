"""``manage.py anchor_ledger``: what beat does after midnight, by hand."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from portal.core import clock
from portal.core.anchors import anchor_days


class Command(BaseCommand):
    """Anchor every day up to yesterday that has no anchor yet."""

    help = "Anchor the ledger and the stream up to yesterday; safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say each new anchor with its digest, to be kept somewhere else."""
        made = anchor_days(clock.now())
        for anchor in made:
            self.stdout.write(
                f"{anchor.day} 已锚定：台账 {anchor.ledger_count} 条，"
                f"访问记录 {anchor.access_count} 条，{anchor.algorithm} {anchor.digest}"
            )
        if not made:
            self.stdout.write("昨日及以前均已锚定。")
