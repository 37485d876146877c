"""Application configuration."""

from importlib import import_module

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    """Home pages and public pages."""

    name = "portal.workspace"
    label = "workspace"
    verbose_name = "工作台"

    def ready(self) -> None:
        """Register the job handlers; they need the app registry to be complete."""
        import_module("portal.workspace.tasks")
