"""Addresses of the register of towns."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
