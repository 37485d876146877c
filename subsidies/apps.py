"""Application configuration."""

from django.apps import AppConfig


class SubsidiesConfig(AppConfig):
    """Policies and their clauses."""

    name = "subsidies"
    verbose_name = "奖补"
