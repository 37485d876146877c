"""Application configuration."""

from importlib import import_module

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Cases, chains, opinions, scores, meetings, public notices and issuing."""

    name = "reviews"
    verbose_name = "评审"

    def ready(self) -> None:
        """Register owners of files and kinds of documents; both need all apps to be loaded."""
        import_module("reviews.owners")
        import_module("reviews.kinds")
