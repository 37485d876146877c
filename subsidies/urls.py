"""Addresses of this app."""

from django.urls import path

from subsidies import views

urlpatterns = [
    path("o/<slug:office>/policies/", views.PolicyListView.as_view(), name="policies"),
    path("o/<slug:office>/policies/<slug:key>/", views.PolicyDetailView.as_view(), name="policy"),
    path("public/policies/", views.PublicPolicyListView.as_view(), name="public-policies"),
    path("public/policies/<slug:key>/", views.PublicPolicyView.as_view(), name="public-policy"),
]
