"""Addresses of honours, standards, brands, functions and platforms."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
