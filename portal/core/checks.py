"""System checks of the ground floor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Tags, register

from portal.core.triggers import missing_triggers


@register(Tags.database)
def guards_are_installed(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **_: Any,
) -> list[CheckMessage]:
    """Every immutability trigger exists on every database asked about."""
    return [
        Error(
            f"Trigger {name} is missing in database {using}.",
            hint="Run manage.py migrate, which installs the triggers.",
            id="portal.E001",
        )
        for using in databases or []
        for name in missing_triggers(using)
    ]
