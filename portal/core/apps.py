"""The ground floor's app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Regions, offices, posts, ledger, jobs, documents."""

    name = "portal.core"
    label = "core"
    verbose_name = "基础"

    def ready(self) -> None:
        """Register checks and connect receivers; both need the app registry to be complete."""
        from portal.core import checks, receivers, tasks

        assert checks and tasks
        receivers.connect()
