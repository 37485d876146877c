"""Addresses of an application's sections that show registers, and of taking over earlier texts."""

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from towns.tables.section_links import REGISTERS
from towns.urls.places import OFFICE
from towns.views import prefilling, register_refresh, register_sections, starting

APPLICATION = OFFICE + "applications/<int:pk>/"


class RegisterConverter(StringConverter):
    """The key of a section that shows a register."""

    regex = "|".join(REGISTERS)


register_converter(RegisterConverter, "register")

urlpatterns: list[URLPattern] = [
    path(
        OFFICE + "applications/start/<int:town>/<int:call>/",
        starting.ApplicationStartView.as_view(),
        name="application-start",
    ),
    path(
        APPLICATION + "sections/<register:key>/",
        register_sections.RegisterSectionView.as_view(),
        name="application-section",
    ),
    path(
        APPLICATION + "sections/<register:key>/refresh/",
        register_refresh.RefreshView.as_view(),
        name="application-section-refresh",
    ),
    path(APPLICATION + "prefill/", prefilling.PrefillView.as_view(), name="application-prefill"),
]
