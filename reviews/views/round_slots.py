"""What a round asks to see (材料清单): its rows by criterion, written by its office."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.errors import require
from portal.core.web import add_errors
from reviews.forms.round_parts import CopySlotsForm, SlotForm, initial_of_slot
from reviews.views.round_parts import RoundPartView
from towns.actions import add_slot, change_slot, copy_slots, move_slot, remove_slot
from towns.models import EvidenceSlot, Round
from towns.round_policies import may_change_round
from towns.round_queries import has_begun, rounds_to_copy, slots_by_criterion, used_slots


class SlotPage(RoundPartView):
    """A page of the list."""

    def listing(self, call: Round) -> str:
        """The list itself."""
        return self.url("round-slots", call.pk)

    def kept(self, pk: int) -> Round:
        """The round, for the posts that write its list."""
        call = self.call(pk)
        require(may_change_round(self.actor, call))
        self.stale_url = self.listing(call)
        return call


class SlotsView(SlotPage):
    """The list, by criterion; copying another round's."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        call = self.kept(pk)
        return self._show(call, CopySlotsForm(rounds=rounds_to_copy(self.actor, call)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Copy a list."""
        call = self.kept(pk)
        form = CopySlotsForm(request.POST, rounds=rounds_to_copy(self.actor, call))
        if form.is_valid():
            source = get_object_or_404(
                Round.objects.visible_to(self.actor), pk=int(form.cleaned_data["source"])
            )
            try:
                added = copy_slots(actor=self.actor, call=call, source=source)
            except ValidationError as error:
                add_errors(form, error)
            else:
                words = f"已从“{source.title}”复制 {added} 项。" if added else ""
                messages.success(
                    request, words or "没有可以复制的：条目在本批次标准中没有，或者材料已经列出。"
                )
                return redirect(self.listing(call))
        return self._show(call, form, 422)

    def _show(self, call: Round, form: CopySlotsForm, status: int = 200) -> HttpResponse:
        used = used_slots(call)
        return self.page(
            "reviews/round_slots.html",
            {
                "breadcrumbs": self.crumbs(call, ("材料清单", None)),
                "call": call,
                "begun": has_begun(call),
                "asked": [
                    {
                        "criterion": row.criterion,
                        "clause": {
                            "text": row.criterion.text,
                            "document_number": call.criteria_set.document_number,
                            "clause_number": row.criterion.clause,
                        },
                        "slots": [
                            {
                                "row": slot,
                                "used": slot.key in used,
                                "first": place == 0,
                                "last": place == len(row.slots) - 1,
                            }
                            for place, slot in enumerate(row.slots)
                        ],
                    }
                    for row in slots_by_criterion(call)
                ],
                "form": form,
                "copies": bool(form.fields["source"].choices),  # type: ignore[attr-defined]
                "back_url": self.back(call),
            },
            status=status,
        )


class SlotFormView(SlotPage):
    """Adding a row and changing one."""

    def show(
        self, call: Round, form: SlotForm, slot: EvidenceSlot | None, status: int = 200
    ) -> HttpResponse:
        """The form."""
        label = "修改材料" if slot else "增加材料"
        return self.page(
            "reviews/round_slot.html",
            {
                "breadcrumbs": self.crumbs(call, ("材料清单", self.listing(call)), (label, None)),
                "call": call,
                "label": label,
                "begun": has_begun(call),
                "form": form,
                "cancel_url": self.listing(call),
            },
            status=status,
        )


class SlotNewView(SlotFormView):
    """Ask for another kind of evidence."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form."""
        call = self.kept(pk)
        initial = {"criterion": request.GET.get("criterion", "")}
        return self.show(call, SlotForm(asked=slots_by_criterion(call), initial=initial), None)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add it."""
        call = self.kept(pk)
        form = SlotForm(request.POST, asked=slots_by_criterion(call))
        if form.is_valid():
            try:
                slot = add_slot(actor=self.actor, call=call, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"已增加“{slot.title}”。")
                return redirect(self.listing(call))
        return self.show(call, form, None, 422)


class SlotEditView(SlotFormView):
    """Change a row."""

    def _slot(self, call: Round, pk: int) -> EvidenceSlot:
        found: EvidenceSlot = get_object_or_404(call.slots, pk=pk)
        return found

    def get(self, request: HttpRequest, pk: int, slot: int) -> HttpResponse:
        """The form."""
        call = self.kept(pk)
        found = self._slot(call, slot)
        form = SlotForm(asked=slots_by_criterion(call), initial=initial_of_slot(found))
        return self.show(call, form, found)

    def post(self, request: HttpRequest, pk: int, slot: int) -> HttpResponse:
        """Save it."""
        call = self.kept(pk)
        found = self._slot(call, slot)
        form = SlotForm(request.POST, asked=slots_by_criterion(call))
        if form.is_valid():
            try:
                changed = change_slot(
                    actor=self.actor, call=call, slot_id=found.pk, **form.cleaned_data
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"已修改“{changed.title}”。")
                return redirect(self.listing(call))
        return self.show(call, form, found, 422)


class SlotMoveView(SlotPage):
    """Put a row before or after its neighbour, or take it off the list."""

    def post(self, request: HttpRequest, pk: int, slot: int) -> HttpResponse:
        """``way``: up, down or remove."""
        call = self.kept(pk)
        get_object_or_404(call.slots, pk=slot)
        way: Any = request.POST.get("way", "")
        try:
            if way == "remove":
                remove_slot(actor=self.actor, call=call, slot_id=slot)
                messages.success(request, "已从清单中删除。")
            elif way in ("up", "down"):
                move_slot(actor=self.actor, call=call, slot_id=slot, up=way == "up")
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect(self.listing(call))
