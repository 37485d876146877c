"""The page that the proxy and the container ask whether the site can work."""

from __future__ import annotations

import logging

from celery import current_app
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views import View
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 2


def database_problem() -> str:
    """What is wrong with the database, or nothing."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        return str(error) or type(error).__name__
    return ""


def broker_problem() -> str:
    """What is wrong with the broker, or nothing; gives up after two seconds."""
    options = dict(current_app.conf.broker_transport_options or {})
    if (current_app.conf.broker_url or "").startswith("redis"):
        options |= {"socket_connect_timeout": ANSWER_SECONDS, "socket_timeout": ANSWER_SECONDS}
    broker = current_app.connection_for_write(
        connect_timeout=ANSWER_SECONDS, transport_options=options
    )
    try:
        broker.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=1)
    except (OSError, OperationalError) as error:
        return str(error) or type(error).__name__
    finally:
        broker.release()
    return ""


class HealthView(View):
    """200 while the database and the broker answer, 503 otherwise; says which, never why."""

    def get(self, request: HttpRequest) -> JsonResponse:
        """Ask both; the reasons go to the log only."""
        problems = {"database": database_problem(), "broker": broker_problem()}
        for name, problem in problems.items():
            if problem:
                logger.error("health: %s: %s", name, problem)
        answer = {name: "fails" if problem else "ok" for name, problem in problems.items()}
        response = JsonResponse(answer, status=503 if any(problems.values()) else 200)
        response["Cache-Control"] = "no-store"
        return response
