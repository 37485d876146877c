"""Addresses of signing in and of one's own account. What is not used of allauth has none.

``login`` and ``account_login`` are one address: Django and the portal know the first name, allauth
the second.
"""

from __future__ import annotations

from allauth.account import views as flows
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codes
from django.conf import settings
from django.urls import path

from portal.core.accounts.provider_urls import urlpatterns as provider_urlpatterns
from portal.core.views import account, session

urlpatterns = [
    path("login/", session.SignInView.as_view(), name="login"),
    path("login/", session.SignInView.as_view(), name="account_login"),
    path("login/code/", factor.authenticate, name="mfa_authenticate"),
    path("logout/", session.SignOutView.as_view(), name="logout"),
    path("account/", account.AccountView.as_view(), name="account-home"),
    path("account/password/", account.PasswordView.as_view(), name="account_change_password"),
    path("account/email/", account.EmailView.as_view(), name="account-email"),
    path("account/confirm/", flows.reauthenticate, name="account_reauthenticate"),
    path("account/confirm/code/", factor.reauthenticate, name="mfa_reauthenticate"),
    path("account/kept/", session.KeptView.as_view(), name="kept"),
    path("account/session/left/", session.SessionLeftView.as_view(), name="session-left"),
    path("account/session/stay/", session.SessionStayView.as_view(), name="session-stay"),
    path("account/sessions/", account.SessionsView.as_view(), name="usersessions_list"),
    path("account/second-factor/", factor.index, name="mfa_index"),
    path("account/second-factor/set-up/", account.SetUpView.as_view(), name="mfa_activate_totp"),
    path("account/second-factor/remove/", account.RemoveView.as_view(), name="mfa_deactivate_totp"),
    path("account/recovery-codes/", account.RecoveryCodesView.as_view(),
         name="mfa_view_recovery_codes"),
    path("account/recovery-codes/new/", codes.generate_recovery_codes,
         name="mfa_generate_recovery_codes"),
]  # fmt: skip
if settings.PORTAL_OIDC:
    urlpatterns += provider_urlpatterns
