"""Opening a round (批次) and changing what it says."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Case, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.models import CriteriaSet
from criteria.standing import replaced_on
from portal.core import clock
from portal.core.errors import require
from portal.core.opened import seal, unseal
from portal.core.web import OfficeView, add_errors
from reviews.actions.rounds import EASED, AlsoChanged, change_round
from reviews.chain import CHAINS, current_chain
from reviews.forms.rounds import RoundForm, initial_of
from reviews.views.rounds import facts_of_round
from towns.actions import open_round
from towns.actions.rounds import TERMS, terms_of
from towns.models import Round
from towns.policies import may_open_round
from towns.round_policies import may_change_round
from towns.round_queries import has_begun


class TermsView(OfficeView):
    """What both pages choose from."""

    def criteria_sets(self, kept: int | None = None) -> QuerySet[CriteriaSet]:
        """Published sets of the office's own level, of a region that contains it, that are in force
        or yet to be: those of today first. One withdrawn from a later day stands until then.

        ``kept``: the set that a round has already."""
        office, level, today = self.actor.office, self.actor.level, clock.today()
        if office is None or level is None:
            return CriteriaSet.objects.none()
        code = office.region.code
        usable = Q(
            Q(effective_to__isnull=True) | Q(effective_to__gte=today),
            Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gt=today),
            ~replaced_on(today),
            state__in=("published", "withdrawn"),
            kind="certification",
            level=level.key,
            region__scope_from__lte=code,
            region__scope_to__gt=code,
        )
        if kept is not None:
            usable |= Q(pk=kept)
        coming = Case(When(effective_from__gt=today, then=1), default=0)
        rows = CriteriaSet.objects.visible_to(self.actor).filter(usable)
        return rows.order_by(coming, "region__code", "-version")


class RoundNewView(TermsView):
    """Open a round of the acting office."""

    def _form(self, data: Any = None) -> RoundForm:
        require(may_open_round(self.actor))
        level = self.actor.level
        chain = current_chain(level.key if level else "")
        return RoundForm(data, chain=chain, criteria_sets=self.criteria_sets())

    def _show(self, form: RoundForm, status: int = 200) -> HttpResponse:
        return self.page(
            "reviews/round_new.html",
            {
                "breadcrumbs": [("申报批次", self.url("rounds")), ("设立申报批次", None)],
                "form": form,
                "level": self.actor.level,
                "has_criteria": self.criteria_sets().exists(),
                "cancel_url": self.url("rounds"),
            },
            status=status,
        )

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self._show(self._form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open it."""
        form = self._form(request.POST)
        if form.is_valid():
            try:
                call = open_round(
                    actor=self.actor,
                    criteria_set=form.cleaned_data["criteria_set"],
                    chain=(form.chain.key, form.chain.version),
                    **form.round_fields(),
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"申报批次“{call.title}”已设立。")
                return redirect(self.url("round", call.pk))
        return self._show(form, 422)


class RoundEditView(TermsView):
    """Change a round: everything while nobody has begun, then what harms nobody."""

    def _call(self, pk: int) -> Round:
        rows = Round.objects.visible_to(self.actor).select_related("office__region", "criteria_set")
        call: Round = get_object_or_404(rows, pk=pk)
        require(may_change_round(self.actor, call))
        return call

    def _form(self, call: Round, data: Any = None) -> RoundForm:
        locked = ["trial"]
        if has_begun(call):
            locked += [name for name in ("criteria_set", *TERMS) if name not in EASED]
        return RoundForm(
            data,
            chain=CHAINS[call.chain_key, call.chain_version],
            criteria_sets=self.criteria_sets(kept=call.criteria_set_id),
            locked=locked,
            initial=initial_of(call),
        )

    def _show(
        self, call: Round, form: RoundForm, opened: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        begun = "title" not in form.fields
        return self.page(
            "reviews/round_edit.html",
            {
                "breadcrumbs": [
                    ("申报批次", self.url("rounds")),
                    (call.title, self.url("round", call.pk)),
                    ("修改批次", None),
                ],
                "call": call,
                "form": form,
                "begun": begun,
                "facts": facts_of_round(self, call) if begun else [],
                "opened": seal(f"round:{call.pk}", opened),
                "cancel_url": self.url("round", call.pk),
            },
            status=status,
        )

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form."""
        call = self._call(pk)
        return self._show(call, self._form(call), terms_of(call))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save it."""
        call = self._call(pk)
        form = self._form(call, request.POST)
        opened = unseal(f"round:{call.pk}", request.POST.get("opened", "")) or terms_of(call)
        if form.is_valid():
            wanted = form.round_fields()
            if "criteria_set" in form.fields:
                wanted["criteria_set"] = form.cleaned_data["criteria_set"]
            try:
                call = change_round(actor=self.actor, call=call, wanted=wanted, opened=opened)
            except AlsoChanged as error:
                opened |= error.stands
                add_errors(form, error)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"“{call.title}”已修改，修改前后的内容记入台账。")
                return redirect(self.url("round", call.pk))
        return self._show(call, form, opened, 422)
