"""Addresses of the register of enterprises."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
