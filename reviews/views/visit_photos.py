"""Photographs of a visit: added and taken off beside the record."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from criteria.queries import spec_of
from portal.core.errors import Refused, Stale
from portal.core.web import add_errors
from reviews.actions import add_photos, remove_photo
from reviews.forms.visits import PhotosForm
from reviews.views.visits import TYPED, VisitPage
from reviews.visit_policies import may_record_visit


class VisitPhotosView(VisitPage):
    """Photographs are added, sent with the record as it was typed so far."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reloading leads to the visit."""
        return redirect(self.url("visit", self.fetch(pk).pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep them; errors come back on the visit's page, and so does what was typed."""
        visit = self.fetch(pk)
        verdict = may_record_visit(self.actor, visit)
        if not verdict.ok:
            return self.lost(visit, Refused(verdict.reason))
        record = self.record_form(visit, filled=request.POST) if TYPED in request.POST else None
        criteria = spec_of(visit.case.application.criteria_set).criteria
        form = PhotosForm(request.POST, request.FILES, criteria=criteria)
        if not form.is_valid():
            return self.show(visit, record, photos=form)
        chosen = form.cleaned_data
        try:
            added = add_photos(
                actor=self.actor,
                visit_id=visit.pk,
                uploads=chosen["photos"],
                criterion=chosen["criterion"],
                caption=chosen["caption"],
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(visit, record, photos=form)
        except (Refused, Stale) as said:
            return self.lost(visit, said)
        words = f"已加入 {len(added)} 张照片。" if added else "所选照片此前已经加入，没有重复保存。"
        return self.back(visit, words)


class VisitPhotoRemoveView(VisitPage):
    """A photograph is taken out."""

    def get(self, request: HttpRequest, pk: int, photo: int) -> HttpResponse:
        """Reloading leads to the visit."""
        return redirect(self.url("visit", self.fetch(pk).pk))

    def post(self, request: HttpRequest, pk: int, photo: int) -> HttpResponse:
        """Take it out and come back."""
        visit = self.fetch(pk)
        try:
            remove_photo(actor=self.actor, visit_id=visit.pk, photo_id=photo)
        except (Refused, Stale) as said:
            return self.lost(visit, said)
        return self.back(visit, "照片已删除。")
