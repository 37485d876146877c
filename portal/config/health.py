"""Health checks of the containers: ``python -m portal.config.health web|worker|beat``.

Each asks the process itself: the site its health page, the worker over the broker, beat by the
file in which it notes what it has sent. The exit code is 0 when all is well.
"""

from __future__ import annotations

import argparse
import http.client
import socket
import sys
import time

from portal.config.celery import app
from portal.config.env import Environment, read

BEAT_SILENCE_SECONDS = 600


def web(environment: Environment, options: argparse.Namespace) -> str:
    """Ask the site for its health page as the proxy would; return what is wrong."""
    host = environment.allowed_hosts[0].lstrip(".*") or "localhost"
    connection = http.client.HTTPConnection("127.0.0.1", options.port, timeout=options.timeout)
    try:
        connection.request("GET", "/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"})
        status = connection.getresponse().status
    except OSError as error:
        return f"the site does not answer: {error}"
    finally:
        connection.close()
    return "" if status == http.client.OK else f"the site answers {status}"


def worker(environment: Environment, options: argparse.Namespace) -> str:
    """Ping the worker of this container through the broker; return what is wrong."""
    try:
        answers = app.control.ping(destination=[options.name], timeout=options.timeout, limit=1)
    except OSError as error:
        return f"the broker does not answer: {error}"
    return "" if answers else f"worker {options.name} does not answer"


def beat(environment: Environment, options: argparse.Namespace) -> str:
    """Look when beat last wrote its schedule (it does every three minutes); say what is wrong."""
    written = [path.stat().st_mtime for path in environment.data_dir.glob("celerybeat-schedule*")]
    if not written:
        return "beat has not written its schedule yet"
    silence = time.time() - max(written)
    return "" if silence < BEAT_SILENCE_SECONDS else f"beat has been silent for {silence:.0f} s"


CHECKS = {"web": web, "worker": worker, "beat": beat}


def main() -> int:
    """Run the check named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m portal.config.health")
    parser.add_argument("check", choices=CHECKS)
    parser.add_argument("--port", type=int, default=8000, help="port of the site")
    parser.add_argument("--name", default=f"celery@{socket.gethostname()}", help="worker's name")
    parser.add_argument("--timeout", type=float, default=8, help="seconds to wait for an answer")
    options = parser.parse_args()
    problem = CHECKS[options.check](read(), options)
    if problem:
        sys.stderr.write(f"{problem}\n")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
