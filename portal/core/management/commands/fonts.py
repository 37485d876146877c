"""``manage.py fonts``: the faces that official documents are set in, role by role."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.core.documents import checks, fonts


class Command(BaseCommand):
    """List the faces, licensed ones first as they are taken; fails where documents cannot be."""

    help = "列出公文各字体所用的字库文件：角色、字体名、来源、文件"
    # It is asked when something is wrong, and says itself what.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        """A line for each face, tab-separated; then what is wrong."""
        if fonts.installed():
            for role, name in fonts.ROLE_NAMES.items():
                for face in fonts.stack(role):
                    kind = "本单位正版" if face.licensed else "免费替代"
                    self.stdout.write("\t".join((name, face.family, kind, str(face.path))))
        for message in checks.documents_can_be_made(None):
            self.stderr.write(str(message))
        faults = checks.faults()
        if faults:
            raise CommandError("公文无法生成：" + "；".join(message.msg for message in faults))
