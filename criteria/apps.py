"""Application configuration."""

from importlib import import_module

from django.apps import AppConfig


class CriteriaConfig(AppConfig):
    """Indicators, versioned criteria sets and pure assessment."""

    name = "criteria"
    verbose_name = "认定标准"

    def ready(self) -> None:
        """Register the lists; they need the app registry to be complete."""
        import_module("criteria.lists")
