"""Every address of the portal. One tree for every level: workspaces differ by data."""

from django.urls import include, path

urlpatterns = [
    path("", include("portal.core.urls")),
    path("", include("portal.core.document_urls")),
    path("", include("portal.core.accounts.urls")),
    path("", include("portal.workspace.urls")),
    path("", include("reviews.urls")),
    path("", include("subsidies.urls")),
    path("", include("towns.urls")),
    path("", include("criteria.urls")),
]
