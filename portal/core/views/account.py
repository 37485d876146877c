"""One's own account (我的账号): password, second factor, where one is signed in."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordChangeView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View

from portal.core import mailing
from portal.core.accounts import fences, own, sessions
from portal.core.accounts.devices import device_of
from portal.core.forms import EmailForm
from portal.core.models import User
from portal.core.web import address_of, seats_of_request


def person_of(request: HttpRequest) -> User:
    """The signed-in person."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


class AccountView(LoginRequiredMixin, View):
    """The account at a glance, with the way to each of its parts."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The account."""
        person = person_of(request)
        needed = any(
            seat.post is not None and seat.post.kind in settings.PORTAL_MFA_POSTS
            for seat in seats_of_request(request)
        )
        context = {
            "person": person,
            "seats": seats_of_request(request),
            "expires": fences.password_expires_at(person),
            "has_second_factor": fences.has_second_factor(person),
            "second_factor_needed": needed and not person.is_demo,
            "provider": settings.PORTAL_OIDC,
            "sessions": len(sessions.sessions_of(person)),
            "mails": mailing.is_configured(),
        }
        return render(request, "account/index.html", context)


class PasswordView(LoginRequiredMixin, PasswordChangeView):
    """A new password; every other session of the person ends."""

    template_name = "account/password_change.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Why one is here, when the password has expired."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        person = person_of(self.request)
        context["expired"] = fences.password_expired(person)
        context["days"] = settings.PORTAL_PASSWORD_DAYS
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it, end the others, say so."""
        person = person_of(self.request)
        ended = len(sessions.sessions_of(person)) - 1
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            sessions.end_sessions(person, keep=self.request.session.session_key)
            own.enter(
                person,
                "change_password",
                "本人修改密码",
                address=address_of(self.request),
                ended=ended,
            )
        others = f"，其他 {ended} 处登录已全部退出" if ended > 0 else ""
        messages.success(self.request, f"密码已修改{others}。")
        return response


class EmailView(LoginRequiredMixin, View):
    """Where notifications are mailed to; typed twice, for nobody answers from a wrong address."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form with the address as it is."""
        email = person_of(request).email
        return self.show(request, EmailForm(initial={"email": email, "again": email}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep it, or say what has to be corrected."""
        form = EmailForm(request.POST)
        if not form.is_valid():
            return self.show(request, form)
        email = form.cleaned_data["email"]
        own.set_email(person_of(request), email, address=address_of(request))
        messages.success(request, "通知邮箱已保存。" if email else "通知邮箱已清除。")
        return redirect("account-home")

    def show(self, request: HttpRequest, form: EmailForm) -> HttpResponse:
        """The page, with what was typed."""
        context = {
            "form": form,
            "configured": mailing.is_configured(),
            "back": reverse("account-home"),
        }
        status = 422 if form.errors else 200
        return render(request, "account/email.html", context, status=status)


class SessionsView(LoginRequiredMixin, View):
    """Where one is signed in; any of it can be ended."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, this session marked."""
        rows = [
            {
                "pk": row.pk,
                "device": device_of(row.user_agent),
                "address": row.ip,
                "since": row.created_at,
                "seen": row.last_seen_at,
                "here": row.session_key == request.session.session_key,
            }
            for row in sessions.sessions_of(person_of(request))
        ]
        others = sum(not row["here"] for row in rows)
        return render(request, "usersessions/list.html", {"rows": rows, "others": others})

    def post(self, request: HttpRequest) -> HttpResponse:
        """End the one named by ``session``, or all others."""
        person = person_of(request)
        here = request.session.session_key
        named = request.POST.get("session", "")
        if named.isdecimal() and len(named) < 19:
            row = UserSession.objects.filter(user=person, pk=int(named)).first()
            if row is not None and row.session_key != here:
                row.end()
                messages.success(request, "已退出这一处登录。")
        else:
            ended = sessions.end_sessions(person, keep=here)
            messages.success(request, f"已退出其他 {ended} 处登录。")
        return redirect("usersessions_list")


class SetUpView(ActivateTOTPView):
    """A second factor is set up by showing its first code."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it up and enter it."""
        with transaction.atomic():
            person, address = person_of(self.request), address_of(self.request)
            response: HttpResponse = super().form_valid(form)
            own.enter(person, "set_up_second_factor", "本人启用动态口令", address=address)
        return response


class RemoveView(DeactivateTOTPView):
    """A second factor is taken off, with its recovery codes."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Take it off and enter it."""
        with transaction.atomic():
            person, address = person_of(self.request), address_of(self.request)
            response: HttpResponse = super().form_valid(form)
            own.enter(person, "remove_second_factor", "本人停用动态口令", address=address)
        return response


class RecoveryCodesView(ViewRecoveryCodesView):
    """The recovery codes that are left; nobody sees them without a fresh sign-in."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Ask for the password when that was long ago; no codes without a second factor."""
        person = person_of(request) if request.user.is_authenticated else None
        if person is None:
            return redirect(f"{reverse('login')}?next={request.path}")
        if not Authenticator.objects.filter(user=person, type="recovery_codes").exists():
            return redirect("mfa_index")
        if not fences.is_fresh(request):
            return fences.ask_again(request)
        return super().dispatch(request, *args, **kwargs)
