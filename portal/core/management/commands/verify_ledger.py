"""``manage.py verify_ledger``: does the ledger still say what was written to it?"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.core.models import LedgerEntry, SealedTail
from portal.core.sealing import check_file
from portal.core.verification import verify


class Command(BaseCommand):
    """Verify everything, one chain, or a sealed export; exit with 1 when something is broken."""

    help = "Verify the ledger, the stream, anchors and seals; names the first broken entry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to verify."""
        parser.add_argument("--chain", default="", help="one chain only, such as reviews.case:7")
        parser.add_argument("--file", type=Path, help="a sealed export instead of the database")
        parser.add_argument("--all", action="store_true", help="name every finding, up to 1000")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was verified, or end with the first finding."""
        chain, path = options["chain"], options["file"]
        if path and not path.is_file():
            raise CommandError(f"没有文件 {path}。")
        if chain and not any(
            model.objects.filter(chain=chain).exists() for model in (LedgerEntry, SealedTail)
        ):
            raise CommandError(f"台账中没有链 {chain}。")
        report = check_file(path) if path else verify(chain, limit=1000 if options["all"] else 1)
        if report.first:
            for finding in report.findings if options["all"] else ():
                self.stderr.write(str(finding))
            raise CommandError(f"校验未通过，首处：{report.first}")
        self.stdout.write(
            f"台账完好：台账 {report.ledger} 条，访问记录 {report.access} 条，"
            f"日锚 {report.anchors} 个，封存 {report.seals} 次。"
        )
