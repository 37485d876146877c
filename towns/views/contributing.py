"""Contacts (填报联系人): who was given which sections of an application; what one was given."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.errors import require
from portal.core.formatting import iso_date
from portal.core.web import OfficeView, add_errors
from towns.actions.contributing import grant_sections, revoke_sections
from towns.contributing import (
    contact_posts,
    contributions,
    filled_sections,
    holders,
    section_titles,
)
from towns.forms.contributing import ContactForm
from towns.models import Application, SectionGrant
from towns.policies import may_edit_application, may_grant_sections
from towns.views.filing import ApplicationPage


class ContactsView(ApplicationPage):
    """Who fills which sections, and giving sections to another contact."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        application = self.fetch(pk)
        require(may_edit_application(self.actor, application))
        return self._show(application, self._form(application))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give sections."""
        application = self.fetch(pk)
        require(may_edit_application(self.actor, application))
        form = self._form(application, request.POST)
        if form.is_valid():
            chosen = form.cleaned_data
            post = get_object_or_404(contact_posts(application), pk=chosen["post"])
            require(may_grant_sections(self.actor, application, post))
            try:
                grant_sections(
                    actor=self.actor,
                    application=application,
                    post=post,
                    sections=chosen["sections"],
                    until=chosen["until"],
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"已授权{post.office.name}的填报联系人填写所选部分。")
                return redirect(self.url("application-contacts", pk))
        return self._show(application, form, 422)

    def get_stale_url(self) -> str:
        """Where it stands who holds what."""
        return self.url("application-contacts", self.kwargs["pk"])

    def _form(self, application: Application, data: Any = None) -> ContactForm:
        return ContactForm(
            data, posts=contact_posts(application), sections=section_titles(application)
        )

    def _show(self, application: Application, form: ContactForm, status: int = 200) -> HttpResponse:
        titles = section_titles(application)
        rows = [
            {
                "grant": grant,
                "post": str(grant.group.post),
                "sections": [titles.get(key, key) for key in grant.sections],
                "until": iso_date(grant.valid_to) if grant.valid_to else "未设期限",
            }
            for grant in holders(application)
        ]
        return self.page(
            "towns/contacts.html",
            {
                "breadcrumbs": self.crumbs(application, "填报联系人"),
                "application": application,
                "rows": rows,
                "form": form,
                "has_contacts": bool(form.fields["post"].choices),  # type: ignore[attr-defined]
            },
            status=status,
        )


class ContactRevokeView(ApplicationPage):
    """Take the sections back; what was written stays."""

    def get_stale_url(self) -> str:
        """Where it stands who holds what."""
        return self.url("application-contacts", self.kwargs["pk"])

    def post(self, request: HttpRequest, pk: int, grant: int) -> HttpResponse:
        """Take them back."""
        application = self.fetch(pk)
        require(may_edit_application(self.actor, application))
        row = get_object_or_404(SectionGrant.objects.filter(content_object=application), pk=grant)
        revoke_sections(actor=self.actor, application=application, grant=row)
        messages.success(request, "授权已收回，联系人填写的内容保留。")
        return redirect(self.url("application-contacts", pk))


class ContributionsView(OfficeView):
    """What the acting contact was given to fill."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        given = contributions(self.actor)
        filled = filled_sections(given)
        return self.page(
            "towns/contributions.html",
            {
                "breadcrumbs": [("交给我的部分", None)],
                "rows": [
                    {
                        "town": row.application.town.name,
                        "round": row.application.round.title,
                        "state": row.application.filing.label,
                        "tone": row.application.filing.tone,
                        "editable": row.application.filing.editable,
                        "until": row.grant.valid_to,
                        "giver": str(row.grant.granted_by or ""),
                        "filled": filled[row.application.pk],
                        "sections": [
                            {
                                "key": key,
                                "title": title,
                                "url": self.url("contribution", row.application.pk, key),
                            }
                            for key, title in row.sections
                        ],
                    }
                    for row in given
                ],
            },
        )
