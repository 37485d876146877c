"""System checks of the ground floor."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from portal.core.triggers import missing_triggers


@register(Tags.database)
def guards_are_installed(
    app_configs: Any, databases: list[str] | None = None, **_: object
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
