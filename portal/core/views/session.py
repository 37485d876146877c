"""Signing in; signing out is Django's own view."""

from __future__ import annotations

from django.contrib.auth.views import LoginView


class SignInView(LoginView):
    """The sign-in page; ``home`` then finds the person's workspace."""

    template_name = "registration/login.html"
    redirect_authenticated_user = True
