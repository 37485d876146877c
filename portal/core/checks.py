"""System checks of the ground floor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Info, Tags, Warning, register

from portal.core.triggers import missing_triggers


@register(Tags.database)
def guards_are_installed(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """Every protecting trigger is in force, unaltered, on every database asked about.

    A warning: an error would keep migrate, which installs them, from starting.
    """
    return [
        Warning(
            f"Trigger {name} is missing, switched off or altered in database {using}.",
            hint="Run manage.py migrate, which installs the triggers.",
            id="portal.W001",
        )
        for using in databases or []
        for name in missing_triggers(using)
    ]


@register()
def the_portal_knows_its_address(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """Without it documents bear a code and no QR code; paper that is out stays so."""
    if settings.PORTAL_MODE != "production" or settings.PORTAL_SITE_URL:
        return []
    return [
        Warning(
            "PORTAL_SITE_URL is not set: issued documents bear no QR code.",
            hint="Set it to the address people type, such as https://zyz.example.gov.cn.",
            id="portal.W002",
        )
    ]


@register(Tags.security, deploy=True)
def plain_http_was_asked_for(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    """Say at every deployment check that the site runs without HTTPS."""
    if settings.PORTAL_HTTPS:
        return []
    return [
        Info(
            "PORTAL_HTTPS is 0: passwords and cookies travel unencrypted.",
            hint="Only for a closed network; see docs/operations.md, Security settings.",
            id="portal.I001",
        )
    ]
