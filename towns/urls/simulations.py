"""Addresses of simulations and of the gap to the next tier."""

from django.urls import URLPattern, path

from towns.urls.places import OFFICE, TOWN
from towns.views import gaps, simulation

urlpatterns: list[URLPattern] = [
    path(
        OFFICE + "criteria/<slug:key>/simulate/",
        simulation.SimulateView.as_view(),
        name="criteria-simulate",
    ),
    path(OFFICE + "simulations/", simulation.SimulationListView.as_view(), name="simulations"),
    path(
        OFFICE + "simulations/rows/",
        simulation.SimulationRowListView.as_view(),
        name="simulation-rows",
    ),
    path(OFFICE + "simulations/<int:pk>/", simulation.SimulationView.as_view(), name="simulation"),
    path(TOWN + "gap/", gaps.TownGapView.as_view(), name="town-gap"),
    path(OFFICE + "gaps/", gaps.GapListView.as_view(), name="gaps"),
]
