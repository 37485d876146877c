"""One address of every kind of view on a live server, over HTTP with a real session cookie."""

from __future__ import annotations

import urllib.error
import urllib.request
from email.message import Message

import pytest
from django.conf import settings
from django.urls import reverse

from portal.core.actor import Actor
from portal.workspace.access import ANONYMOUS, Answer, Relation, answer, rows
from tests.factories import client_of
from tests.test_access import HOME, NEIGHBOUR, County, address, object_names
from tests.test_access import county as county

pytestmark = pytest.mark.django_db(transaction=True)

# A list, an object's page, a form, a download, the API, the progress of a job, a public page.
KINDS_OF_VIEW = (
    ("cases", "clerk"),
    ("case", "clerk"),
    ("meeting-new", "clerk"),
    ("document-file", "clerk"),
    ("api-case", "clerk"),
    ("api-cases", "clerk"),
    ("case-evidence-file", "clerk"),
    ("job", "signer"),
    ("office", "system_admin"),
    ("account", "system_admin"),
    ("ledger", "auditor"),
    ("access-matrix", "auditor"),
)
OBJECTS = set(object_names())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Redirects are answers here."""

    def redirect_request(self, *args: object) -> None:
        return None


def fetch(url: str, actor: Actor | None) -> tuple[int, Message, bytes]:
    """One GET over the network with the cookie of a session, or with none."""
    request = urllib.request.Request(url)  # noqa: S310 - our own server
    if actor is not None:
        session = client_of(actor).cookies[settings.SESSION_COOKIE_NAME].value
        request.add_header("Cookie", f"{settings.SESSION_COOKIE_NAME}={session}")
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=60) as answered:
            return answered.status, answered.headers, answered.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


def test_live_server_answers_as_the_table_says(live_url: str, county: County) -> None:
    """One's own is 200; a stranger finds nothing in our workspace, nor our objects in his own."""
    wrong = []
    for name, kind in KINDS_OF_VIEW:
        row = next(row for row in rows() if row.target == name and "GET" in row.methods)
        own, stranger = county.world.actor(f"{HOME}.{kind}"), county.world.actor(f"xixian.{kind}")
        url = live_url + address(county, name, HOME)
        status, _, body = fetch(url, own)
        if (status, answer(row, kind, Relation.OWN)) != (200, Answer.MAY) or not body:
            wrong.append((name, "own", status))
        elsewhere = [live_url + address(county, name, NEIGHBOUR)] if name in OBJECTS else []
        for foreign in (url, *elsewhere):
            status, _, _ = fetch(foreign, stranger)
            if status != 404:
                wrong.append((name, foreign, status))
        status, headers, _ = fetch(url, None)
        login = status == 302 and headers["Location"].startswith(reverse("login"))
        if not (login or (name.startswith("api-") and status in (401, 403))):
            wrong.append((name, ANONYMOUS, status))
    assert wrong == []


@pytest.mark.parametrize("name", ["public-notices", "public-roster", "public-document-file"])
def test_live_server_shows_the_public_what_is_public(
    live_url: str, county: County, name: str
) -> None:
    status, _, body = fetch(live_url + address(county, name, ""), None)
    assert (status, bool(body)) == (200, True)
