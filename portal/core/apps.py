"""The ground floor's app."""

from importlib import import_module

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Regions, offices, posts, ledger, jobs, documents."""

    name = "portal.core"
    label = "core"
    verbose_name = "基础"

    def ready(self) -> None:
        """Register checks and connect receivers; both need the app registry to be complete."""
        for name in (
            "checks",
            "documents.checks",
            "tasks",
            "workbook_tasks",
            "document_tasks",
            "sample_tasks",
            "batch_tasks",
            "previews.tasks",
            "listing.exports",
            "document_lists",
        ):
            import_module(f"portal.core.{name}")
        import_module("portal.core.receivers").connect()
        import_module("portal.core.owners").register_own()
