"""Addresses of yearly figures and of what is counted."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
