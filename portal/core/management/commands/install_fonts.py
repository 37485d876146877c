"""``manage.py install_fonts``: put the fonts of official documents into the font directory."""

from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.core.documents import fonts, fontsetup


class Command(BaseCommand):
    help = "安装公文字体:取得、裁剪并配置生成公文所需的字体"
    # The fonts are set up before anything else; nothing of the site is needed for it.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="重新取得并裁剪全部字体")

    def handle(self, *args: Any, **options: Any) -> None:
        started = monotonic()
        try:
            changed = fontsetup.install(self._say, force=options["force"])
        except fontsetup.SetupFailedError as error:
            raise CommandError(str(error)) from error
        if changed:
            self._say(f"用时 {monotonic() - started:.1f} 秒")
        else:
            self._say(f"公文字体无需更新:{fonts.font_dir()}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
