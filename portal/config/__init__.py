"""The roof: settings, URLs, Celery and WSGI. Nothing imports it; Celery finds its app here."""

from portal.config.celery import app as celery_app

__all__ = ["celery_app"]
