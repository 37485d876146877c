"""Ask an address for a cell of the table and say in the table's words what came of it.

Whatever comes, its headers are looked at, and a page of the acting office for what stands inline.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from portal.core import jobs
from portal.core.actor import Actor
from portal.core.models import Job
from portal.workspace.access import ANONYMOUS, COLUMNS, Answer, Relation, Row
from tests.access.filling import BEFORE, FIELDS, STATES
from tests.access.ground import Ground, Held
from tests.factories import age_session, client_of
from tests.strictness import faults_of
from tests.test_access import fillings, parameters

SESSION_SECONDS = 300  # a third of PORTAL_FRESH_MINUTES: one test on a slow machine stays below it
PAGES = (200, 409, 422)
CHINESE_SENTENCE = re.compile(r"[\u4e00-\u9fff].*。")


class Asker:
    """Sessions of everybody and addresses of everything, made once."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.client = Client()
        self.sessions: dict[int, str] = {}
        self.fillings: dict[str, dict[str, dict[str, Any]]] = {}
        self.filled: dict[tuple[Row, str], dict[str, Any]] = {}
        self.forms: dict[tuple[str, str], dict[str, Any]] = {}
        self.faults: dict[str, list[str]] = {}
        self.read: set[tuple[str, int | None, int]] = set()

    def session(self, actor: Actor) -> str:
        """The key of a session of the actor's person."""
        assert actor.user is not None
        if actor.user.pk not in self.sessions:
            client = client_of(actor)
            # Seen until the sessions are renewed: noting it is rolled back with each request.
            age_session(client, seen_at=-SESSION_SECONDS)
            self.sessions[actor.user.pk] = client.cookies[settings.SESSION_COOKIE_NAME].value
        return self.sessions[actor.user.pk]

    def parameters(self, row: Row, held: Held, actor: Actor | None) -> dict[str, Any]:
        """What the address names: an object in the state that the row is about."""
        name = row.target
        if name in ("job", "job-progress", "job-file") and actor is not None:
            return {"pk": own_job(actor, held).pk}
        if (row, held.slug) not in self.filled:
            found = self.fillings[held.slug].get(name, {})
            state = STATES.get(f"{row.name} {row.methods}") or STATES.get(row.name)
            found = state(held) if state else found
            assert set(found) == parameters()[name] - {"office"}, f"无法填写地址 {name}"
            self.filled[row, held.slug] = found
        return self.filled[row, held.slug]

    def fill(self, held: Held) -> None:
        """Make what the addresses name, outside of what is rolled back with a request."""
        if held.slug not in self.fillings:
            self.fillings[held.slug] = fillings(held.county)

    def form(self, row: Row, held: Held) -> dict[str, Any]:
        """A complete form for the address, where an empty one would hide the policy."""
        name = row.target
        if (name, held.slug) not in self.forms:
            self.forms[name, held.slug] = FIELDS[name](held) if name in FIELDS else {}
        return self.forms[name, held.slug]

    def url(self, row: Row, held: Held, actor: Actor | None, slug: str) -> str:
        """The address of a row in an office's workspace."""
        filled = self.parameters(row, held, actor)
        office = {"office": slug} if "office" in parameters()[row.target] else {}
        return reverse(row.target, kwargs={**filled, **office})

    def ask(self, row: Row, method: str, kind: str, relation: Relation) -> Answer | str:
        """The answer of a cell for a kind of post."""
        actor, held = self.ground.actor(kind, relation), self.ground.object_of(relation)
        assert actor.office is not None and actor.post is not None
        slug = actor.office.slug
        if parameters()[row.target] == {"office"} and relation != Relation.OWN:
            # A list names no object: the question is whose workspace opens.
            holder = held.world.actor(f"puxian.{kind}") if relation != Relation.NONE else actor
            assert holder.office is not None
            slug = holder.office.slug
        own = actor if relation == Relation.OWN else None
        self.session(actor)  # made outside of what is rolled back
        self.fill(held)
        form = self.form(row, held)

        def prepare() -> str:
            BEFORE.get(row.target, lambda person: None)(actor)
            return self.url(row, held, own, slug)

        return self.send(actor, method, prepare, actor.post.pk, form)

    def without_post(self, row: Row, method: str, who: str, nobody: Actor) -> Answer | str:
        """The answer for somebody who acts from no post."""
        held = self.ground.object_of(Relation.OWN)
        person = None if who == ANONYMOUS else nobody
        self.fill(held)

        def prepare() -> str:
            if person is not None:
                BEFORE.get(row.target, lambda person: None)(person)
            return self.url(row, held, None, held.slug)

        return self.send(person, method, prepare, None, {})

    def send(
        self,
        actor: Actor | None,
        method: str,
        prepare: Callable[[], str],
        post: int | None,
        fields: dict[str, Any],
    ) -> Answer | str:
        """Send a request that leaves nothing behind, in the database or with the client."""
        client, session = self.client, self.session(actor) if actor else None
        client.cookies.clear()
        if session is not None:
            client.cookies[settings.SESSION_COOKIE_NAME] = session
        with transaction.atomic():
            url = prepare()
            if method == "GET":
                response = client.get(url, {"post": post} if post else {})
            else:
                response = client.post(url, {**fields, **({"acting_post": post} if post else {})})
            if response.streaming:
                assert b"".join(response)  # read to the end, which closes the file
            transaction.set_rollback(True)
        self.look(response, method, url, post)
        return said(response, signed_in=actor is not None)

    def look(self, response: Any, method: str, url: str, post: int | None) -> None:
        """Note what is wrong with an answer; a page is read once for each post and address.

        A refusal is one page for all addresses.
        """
        status = response.status_code
        page = (f"{method} {url}", post, status) if status in PAGES else ("", None, status)
        if faults := faults_of(response, whole=page not in self.read):
            self.faults[f"{method} {url} {status}"] = faults
        self.read.add(page)


def said(response: Any, *, signed_in: bool) -> Answer | str:
    """A response in the words of the table; anything else in its own."""
    status = response.status_code
    location = response.headers.get("Location", "")
    if "?next=" in location:
        at_login = location.startswith(reverse("login")) and not signed_in
        return Answer.SIGN_IN if at_login else f"转到 {location}"
    if not signed_in and status in (401, 403) and "json" in response.headers["Content-Type"]:
        return Answer.SIGN_IN
    if status == 302 or status in PAGES:
        return Answer.MAY
    if status == 403:
        reason = (response.context or {}).get("reason", "")
        return Answer.REFUSED if CHINESE_SENTENCE.search(str(reason)) else "拒绝但没有写明理由"
    return Answer.ABSENT if status == 404 else f"状态 {status}"


def own_job(actor: Actor, held: Held) -> Job:
    """A finished job with a file that the actor started."""
    job = jobs.enqueue("core.render_document", actor=actor, label="生成文件", key="", arguments={})
    Job.objects.filter(pk=job.pk).update(file=held.county.job.file, state="done")
    return job


def cell(row: Row, method: str, who: str, relation: Relation | None) -> str:
    """The name of a cell for a person who reads the failure."""
    where = relation or ""
    return f"{row.label}（{row.name} {method}）{COLUMNS[who]} {where}".strip()
