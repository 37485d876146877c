"""Addresses of yearly figures and of what is counted."""

from django.urls import path

from towns.urls.places import OFFICE, TOWN
from towns.views import figure_checks, figures

urlpatterns = [
    path(OFFICE + "figures/", figure_checks.FiguresListView.as_view(), name="figures"),
    path(TOWN + "data/", figures.TownDataView.as_view(), name="town-data"),
    path(TOWN + "figures/<int:year>/", figures.TownFiguresView.as_view(), name="town-figures"),
    path(
        TOWN + "figures/<int:year>/check/",
        figure_checks.FiguresCheckView.as_view(),
        name="figures-check",
    ),
    path(
        TOWN + "counted/<slug:key>/", figure_checks.TownCountedView.as_view(), name="town-counted"
    ),
    path(
        OFFICE + "enterprises/<int:pk>/figures/<int:year>/",
        figures.EnterpriseFiguresView.as_view(),
        name="enterprise-figures",
    ),
]
