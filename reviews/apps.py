"""Application configuration."""

from importlib import import_module

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Cases, chains, opinions, scores, meetings, public notices and issuing."""

    name = "reviews"
    verbose_name = "评审"

    def ready(self) -> None:
        """Register owners, kinds of documents and of batches, jobs; all need the apps loaded."""
        for name in ("owners", "kinds", "batches", "tasks"):
            import_module(f"reviews.{name}")
