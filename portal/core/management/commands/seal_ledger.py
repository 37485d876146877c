"""``manage.py seal_ledger``: export and remove whole anchored days past their retention."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.core import clock
from portal.core.errors import Stale
from portal.core.sealing import complete_seal, plan_seal, write_export
from portal.core.verification import verify


class Command(BaseCommand):
    """Verify, write the file, then remove what it holds."""

    help = "Export whole anchored days past PORTAL_LEDGER_RETENTION_DAYS, then remove them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where the file goes."""
        parser.add_argument(
            "--out", type=Path, help="folder of the exports; default <data dir>/seals"
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would be sealed")

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal what is due; nothing due is no error."""
        days = settings.PORTAL_LEDGER_RETENTION_DAYS
        plan = plan_seal(clock.now())
        if plan is None:
            self.stdout.write(f"没有超过保存期限（{days} 天）的已锚定日期，无需封存。")
            return
        broken = verify().first
        if broken:
            raise CommandError(f"台账校验未通过，不予封存。{broken}")
        first, last = plan.anchors[0].day, plan.anchors[-1].day
        what = f"{first} 至 {last}：台账 {plan.counts[0]} 条，访问记录 {plan.counts[1]} 条"
        if options["dry_run"]:
            self.stdout.write(f"将封存 {what}。")
            return
        folder = options["out"] or settings.PORTAL_DATA_DIR / "seals"
        try:
            path = write_export(plan, folder)
            seal = complete_seal(plan, path)
        except (OSError, ValueError, Stale) as problem:
            raise CommandError(f"未封存，台账未作改动。{problem}") from problem
        self.stdout.write(f"已封存 {what}。\n文件 {path}\n{seal.algorithm} {seal.file_digest}")
