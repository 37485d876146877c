"""Application configuration."""

from django.apps import AppConfig


class CriteriaConfig(AppConfig):
    """Indicators, versioned criteria sets and pure assessment."""

    name = "criteria"
    verbose_name = "认定标准"
