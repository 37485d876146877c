"""Addresses of this app. Fixed words stand before ``<key>``: no set is called by one of them."""

from django.urls import path

from criteria.views import reading

urlpatterns = [
    path("o/<slug:office>/criteria/", reading.CriteriaListView.as_view(), name="criteria"),
    path(
        "o/<slug:office>/criteria/<slug:key>/",
        reading.CriteriaSetView.as_view(),
        name="criteria-set",
    ),
    path("public/criteria/", reading.PublicCriteriaListView.as_view(), name="public-criteria-list"),
    path(
        "public/criteria/<slug:key>/",
        reading.PublicCriteriaView.as_view(),
        name="public-criteria",
    ),
]
