"""Notifications (通知): what the acting office was told, and what the person has read of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch

from criteria.models import CriteriaSet
from portal.core import mailing
from portal.core.actions.notifications import mark_read
from portal.core.actor import Actor
from portal.core.formatting import iso_datetime
from portal.core.models import Notification, NotificationMail, NotificationRead
from portal.core.models.notifications import is_told
from portal.core.paging import paginate
from portal.core.web import OfficeView

NOT_YOURS = "没有这条通知，或者它不是发给本机构的。"


def _set_is_there(actor: Actor, args: Sequence[Any]) -> bool:
    return CriteriaSet.objects.visible_to(actor).filter(key__in=args[:1]).exists()


# Address of what a notification is about, where that may be gone -> whether it is still there.
STILL_THERE: dict[str, Callable[[Actor, Sequence[Any]], bool]] = {"criteria-set": _set_is_there}


def deliveries(keys: Sequence[int]) -> dict[int, list[dict[str, str]]]:
    """Notification -> its mails in words: to whom, and what the mail server said; one query."""
    found: dict[int, list[dict[str, str]]] = {}
    rows = NotificationMail.objects.filter(notification__in=keys).select_related("user")
    for row in rows.order_by("pk"):
        when = f" {iso_datetime(row.sent_at)}" if row.sent_at else ""
        tried = f"（已试 {row.attempts} 次）" if row.state == "waiting" and row.attempts else ""
        words = (
            f"{row.user.display_name or row.user.username}：{row.get_state_display()}{when}{tried}"
        )
        tone = {"sent": "success", "failed": "danger"}.get(row.state, "neutral")
        found.setdefault(row.notification_id, []).append(
            {"text": words, "tone": tone, "error": row.error}
        )
    return found


class NotificationFilterForm(forms.Form):
    """All of them, or what has not been read."""

    show = forms.ChoiceField(
        label="显示", required=False, choices=[("", "全部"), ("unread", "未读")]
    )
    post = forms.CharField(required=False, widget=forms.HiddenInput)


class NotificationsView(OfficeView):
    """The office's notifications, newest first, those that the person has not read marked."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of them."""
        form = NotificationFilterForm(request.GET)
        rows = Notification.objects.visible_to(self.actor)
        unread_only = form.is_valid() and form.cleaned_data["show"] == "unread"
        user = self.actor.user
        if unread_only and user is not None:
            rows = rows.unread_by(user)
        page = paginate(rows, request.GET)
        keys = [row.pk for row in page.items]
        read = set(
            NotificationRead.objects.filter(user=user, notification__in=keys).values_list(
                "notification", flat=True
            )
        )
        mails = deliveries(keys)
        return self.page(
            "workspace/notifications.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("通知", None)],
                "form": form,
                "clear_url": self.url("notifications") if unread_only else "",
                "unread_only": unread_only,
                "page": page,
                "rows": [
                    {
                        "notice": row,
                        "unread": row.pk not in read,
                        "mails": mails.get(row.pk, []),
                        "unmailed": row.pk not in mails and mailing.is_past(row),
                    }
                    for row in page.items
                ],
                "mails_configured": mailing.is_configured(),
                "address": user.email if user is not None else "",
                "any_unread": len(read) < len(keys),
            },
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Mark the one that is named as read, or all of them; a post that is told none has none."""
        if not is_told(self.actor):
            raise Http404(NOT_YOURS)
        named = request.POST.get("pk")
        try:
            mark_read(actor=self.actor, pk=None if named is None else int(named))
        except (ValueError, Notification.DoesNotExist):
            raise Http404(NOT_YOURS) from None
        back = self.url("notifications")
        return redirect(f"{back}&show=unread" if request.POST.get("show") == "unread" else back)


class NotificationOpenView(OfficeView):
    """Go to what a notification is about; it counts as read from now on."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mark it and go; when what it is about is gone, say so instead."""
        try:
            found = mark_read(actor=self.actor, pk=pk)
        except Notification.DoesNotExist:
            raise Http404(NOT_YOURS) from None
        assert found is not None
        still_there = STILL_THERE.get(found.url_name)
        if still_there is not None and not still_there(self.actor, found.url_args):
            messages.warning(
                request, f"“{found.title}”所说的内容已经删除，不能再打开。通知已标为已读。"
            )
            return redirect(self.url("notifications"))
        try:
            return redirect(self.url(found.url_name, *found.url_args))
        except NoReverseMatch:
            return redirect(self.url("notifications"))
