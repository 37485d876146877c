"""Application configuration."""

from importlib import import_module

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Cases, chains, opinions, scores, meetings, public notices and issuing."""

    name = "reviews"
    verbose_name = "评审"

    def ready(self) -> None:
        """Register owners, kinds of documents and batches, lists, jobs; all need the apps."""
        for name in (
            "owners",
            "kinds",
            "batches",
            "tasks",
            "cockpit_list",
            "cockpit_exports",
            "summary_exports",
            "queue_list",
        ):
            import_module(f"reviews.{name}")
