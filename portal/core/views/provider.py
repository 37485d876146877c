"""Signing in by a provider (统一身份认证), and connecting one's account with it."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.openid_connect import views as flow
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views import View
from django.views.decorators.http import require_GET, require_POST
from requests import RequestException

from portal.core.accounts import fences
from portal.core.views.account import person_of


@require_POST
def sign_in(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """To the provider; connecting an account with it needs a fresh sign-in."""
    if request.GET.get("process") == "connect" and not fences.is_fresh(request):
        return redirect("socialaccount_connections")
    try:
        answer: HttpResponseBase = flow.login(request, provider_id)
    except RequestException:
        messages.error(request, "现在连接不上统一身份认证，请稍后再试，或者用平台账号和密码登录。")
        return redirect("login")
    return answer


@require_GET
def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """From the provider."""
    answer: HttpResponseBase = flow.callback(request, provider_id)
    return answer


class ProviderView(LoginRequiredMixin, View):
    """Whether one's account is connected with the provider; connect it, or take that back."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The state."""
        if not fences.is_fresh(request):
            return fences.ask_again(request)
        connected = SocialAccount.objects.filter(user=person_of(request)).first()
        context = {"provider": settings.PORTAL_OIDC, "connected": connected}
        return render(request, "account/provider.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take it back."""
        if not fences.is_fresh(request):
            return fences.ask_again(request)
        SocialAccount.objects.filter(user=person_of(request)).delete()
        messages.success(request, "已取消关联。")
        return redirect("socialaccount_connections")
