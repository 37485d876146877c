"""Addresses of this app."""

from django.urls import path

from criteria import views

urlpatterns = [
    path("o/<slug:office>/criteria/", views.CriteriaListView.as_view(), name="criteria"),
    path(
        "o/<slug:office>/criteria/<slug:key>/", views.CriteriaSetView.as_view(), name="criteria-set"
    ),
    path("public/criteria/", views.PublicCriteriaListView.as_view(), name="public-criteria-list"),
    path("public/criteria/<slug:key>/", views.PublicCriteriaView.as_view(), name="public-criteria"),
]
