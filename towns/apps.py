"""Application configuration."""

from importlib import import_module

from django.apps import AppConfig


class TownsConfig(AppConfig):
    """Towns, enterprises, figures, rounds, applications, evidence and certifications."""

    name = "towns"
    verbose_name = "专业镇"

    def ready(self) -> None:
        """Register job handlers and owners of files; they need the app registry to be complete."""
        import_module("towns.tasks")
        import_module("towns.offline_tasks")
        import_module("towns.lists")
        import_module("towns.owners")
        import_module("towns.concerned")
        import_module("towns.supplying")
        import_module("towns.register_sections")
        import_module("towns.imports.registered")
