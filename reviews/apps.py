"""Application configuration."""

from importlib import import_module

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Cases, chains, opinions, scores, meetings, public notices and issuing."""

    name = "reviews"
    verbose_name = "评审"

    def ready(self) -> None:
        """Register job handlers and owners of files; they need the app registry to be complete."""
        import_module("reviews.tasks")
        import_module("reviews.owners")
