"""``manage.py create_administrators --office SLUG``: the first three accounts of an office."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.core.actions.beginning import administrator_kinds, begin_office
from portal.core.actor import SYSTEM
from portal.core.errors import Refused, Stale
from portal.core.formatting import iso_datetime
from portal.core.models import Office


class Command(BaseCommand):
    """Make the administrators of an office and print their activation codes, once."""

    help = "Create the system administrator, security administrator and auditor of an office."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--office`` names the office; ``--renew`` signs new slips for the holders."""
        parser.add_argument("--office", required=True, help="identifier (标识) of the office: sx")
        parser.add_argument(
            "--renew", action="store_true", help="new activation codes for the present holders"
        )
        parser.add_argument(
            "--replace",
            action="append",
            default=[],
            choices=[kind.key for kind in administrator_kinds()],
            help="a kind of post whose holder gives way to a new account; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make what is missing and say who begins with what."""
        office = Office.objects.filter(slug=options["office"], kind="leading_group_office").first()
        if office is None:
            raise CommandError(
                f"There is no leading-group office {options['office']}. "
                "Run manage.py load_fixtures first; the office of the province is sx."
            )
        try:
            slips = begin_office(
                actor=SYSTEM, office=office, renew=options["renew"], replace=options["replace"]
            )
        except (Refused, Stale) as error:
            raise CommandError(str(error)) from error
        if not slips:
            self.stdout.write(
                f"{office.name}：三员均已激活，未作改动。需要重新签发激活码的，加 --renew。"
            )
            return
        self.stdout.write(f"{office.name}：激活码只显示这一次，请分别交给三位不同的人员。")
        for slip in slips:
            until = iso_datetime(slip.expires_at)
            self.stdout.write(f"{slip.user}  {slip.user.username}  {slip.code}  有效期至 {until}")
        self.stdout.write("激活地址为平台网址后加 /activate/。登录后请先把姓名改为本人姓名。")
