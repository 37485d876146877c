"""Addresses of signing in by a provider; they exist only where one is configured."""

from __future__ import annotations

from django.urls import path

from portal.core.views import provider

urlpatterns = [
    path("login/<slug:provider_id>/", provider.sign_in, name="openid_connect_login"),
    path("login/<slug:provider_id>/back/", provider.come_back, name="openid_connect_callback"),
    path("account/provider/", provider.ProviderView.as_view(), name="socialaccount_connections"),
]
