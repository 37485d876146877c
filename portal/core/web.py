"""The fence of every workspace page: it makes the actor, and turns refusals into pages.

Every office page inherits ``OfficeView``; public pages inherit ``PublicView``. Out of scope is 404;
a refusal says which rule refused.
"""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.forms import BaseForm
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import get_script_prefix, reverse
from django.views import View

from portal.core.accounts.fences import fence
from portal.core.actor import (
    PUBLIC,
    Actor,
    acting_office,
    acting_seat,
    choose_seat,
)
from portal.core.errors import Refused, Stale
from portal.core.files import send
from portal.core.models import StoredFile, User
from portal.core.seats import seats_of
from portal.core.stream import observe
from portal.core.typed import Typed, Words, typed_words

ABSENT = "没有找到要办理的内容，或者它已不在您的工作范围内。"


def seats_of_request(request: HttpRequest) -> list[Actor]:
    """Every post the signed-in person may act from, fetched once a request."""
    found: list[Actor] | None = getattr(request, "seats", None)
    if found is None:
        user = request.user
        found = seats_of(user, address=address_of(request)) if isinstance(user, User) else []
        request.seats = found  # type: ignore[attr-defined]
    return found


def address_of(request: HttpRequest) -> str:
    """The network address a request came from, as the server sees it."""
    return str(request.META.get("REMOTE_ADDR", ""))[:45]


def acting_post(request: HttpRequest) -> int | None:
    """The post named by the form a page was opened with, or by the page's address."""
    text = request.POST.get("acting_post") or request.GET.get("post") or ""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def resolve_actor(request: HttpRequest, office_slug: str) -> Actor:
    """Who a signed-in request acts for in an office, for pages and the API; 404 for nobody."""
    actor = choose_seat(seats_of_request(request), office_slug, acting_post(request))
    if actor is None:
        raise Http404("没有这个工作台，或您在该机构没有现任岗位。")
    request.actor = actor  # type: ignore[attr-defined]
    return actor


class OfficeView(LoginRequiredMixin, View):
    """A page of an office's workspace; ``self.actor`` is who acts.

    ``stale_url`` names where to go when somebody else has already decided. A page with what
    concerns a person or a case calls ``self.viewed``, a list taken out as a file ``self.exported``,
    a file goes out by ``self.send``; with refusals these are noted in the unchained stream.
    ``fresh_sign_in`` asks for the password again when the last time was a while ago.
    ``word_fields`` names the fields in which words are typed: refused or overtaken, they come back
    to be copied.
    """

    actor: Actor
    stale_url = ""
    word_fields: ClassVar[Words] = {}
    fresh_sign_in = False
    subject_viewed = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Make the actor or answer 404, then turn refusals into pages."""
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        self.actor = resolve_actor(request, kwargs.pop("office"))
        barred = fence(request, self.actor, fresh=self.fresh_sign_in)
        if barred is not None:
            return barred
        try:
            response = super().dispatch(request, *args, **kwargs)
        except Refused as refusal:
            self.observe("refused", summary=str(refusal), outcome="refused")
            return self.refused(request, str(refusal))
        except Stale as stale:
            return self.overtaken(request, str(stale))
        except Http404:
            if not self.sent_words():
                raise
            return self.absent(request)
        if self.subject_viewed and request.method == "GET" and response.status_code == 200:
            self.observe("view", subject=self.subject_viewed)
        return response

    def viewed(self, what: models.Model | str) -> None:
        """Say what a page shows; it is noted once the page has been answered."""
        self.subject_viewed = name_of(what)

    def exported(self, what: str, summary: str = "") -> None:
        """Note that a list was asked for as a file; ``summary`` is its filter in words."""
        self.observe("export", subject=what, summary=summary)

    def send(self, stored: StoredFile, what: models.Model | str = "") -> FileResponse:
        """A file as a download, noted in the stream; ``what`` it belongs to."""
        return send(stored, actor=self.actor, path=self.request.path, subject=name_of(what))

    def observe(
        self, kind: str, *, subject: str = "", summary: str = "", outcome: str = "ok"
    ) -> None:
        """Note something in the unchained stream under the page's address."""
        observe(
            self.actor,
            kind,
            subject=subject,
            path=self.request.path,
            summary=summary,
            outcome=outcome,
        )

    def refused(self, request: HttpRequest, reason: str) -> HttpResponse:
        """The page that says which rule refused."""
        context = {"reason": reason, "typed": self.sent_words(), "back_url": self.stale_url}
        return render(request, "errors/refused.html", context, status=403)

    def overtaken(self, request: HttpRequest, reason: str) -> HttpResponse:
        """Where somebody came second: the newer state, or what was typed where words were."""
        typed = self.sent_words()
        if not typed:
            messages.warning(request, reason)
            return redirect(self.get_stale_url())
        context = {
            "reason": reason,
            "typed": typed,
            "back_url": self.get_stale_url(),
            "overtaken": True,
        }
        return render(request, "errors/refused.html", context, status=409)

    def absent(self, request: HttpRequest) -> HttpResponse:
        """What was typed for what is not there, or no longer the actor's: nothing else is said."""
        context = {"reason": ABSENT, "typed": self.sent_words(), "overtaken": True}
        return render(request, "errors/refused.html", context, status=404)

    def sent_words(self) -> list[Typed]:
        """The words of the form that was sent, as the person typed them."""
        sent = self.word_fields and self.request.method == "POST"
        return typed_words(self.request.POST, self.word_fields) if sent else []

    def get_stale_url(self) -> str:
        """Where a person goes who came second."""
        return self.stale_url or self.request.get_full_path()

    def url(self, name: str, *args: object) -> str:
        """An address inside the acting office's workspace, keeping the acting post."""
        return office_url(self.actor, name, *args)

    def page(
        self, template: str, context: dict[str, Any] | None = None, status: int = 200
    ) -> HttpResponse:
        """Render a page of the workspace."""
        return render(
            self.request, template, {"actor": self.actor, **(context or {})}, status=status
        )


class PublicView(View):
    """A page for everybody; reads start from ``visible_to(PUBLIC)``."""

    actor = PUBLIC

    def page(self, template: str, context: dict[str, Any] | None = None) -> HttpResponse:
        """Render a public page."""
        return render(self.request, template, context or {})

    def send(self, stored: StoredFile, what: models.Model | str = "") -> FileResponse:
        """A file as a download for everybody, noted with the address it went to."""
        reader = replace(PUBLIC, address=address_of(self.request))
        return send(stored, actor=reader, path=self.request.path, subject=name_of(what))


def name_of(what: models.Model | str) -> str:
    """What the stream calls a thing: its kind and its name."""
    return what if isinstance(what, str) else f"{what._meta.verbose_name} {what}"


def office_url(actor: Actor, name: str, *args: object) -> str:
    """An address inside an office's workspace, keeping the acting post for the next page."""
    office, post = acting_office(actor), acting_seat(actor)
    if args:
        path = reverse(name, args=[office.slug, *args])
    else:
        path = _path(settings.ROOT_URLCONF, get_script_prefix(), name, office.slug)
    return f"{path}?post={post.pk}"


@functools.lru_cache(maxsize=8192)
def _path(addresses: str, prefix: str, name: str, slug: str) -> str:
    """The address of a page that names the office alone; every menu has a dozen of them."""
    return reverse(name, args=[slug])


def add_errors(form: BaseForm, error: ValidationError) -> None:
    """Put an action's complaint beside the field that caused it, or on top of the form."""
    if hasattr(error, "error_dict"):
        for name, errors in error.error_dict.items():
            form.add_error(name if name in form.fields else None, errors)
    else:
        form.add_error(None, error)
