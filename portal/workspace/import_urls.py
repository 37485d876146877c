"""Addresses of imports inside a workspace."""

from django.urls import path

from portal.workspace.views import import_page, imports

urlpatterns = [
    path("imports/", imports.ImportListView.as_view(), name="imports"),
    path("imports/new/<slug:kind>/", imports.ImportNewView.as_view(), name="import-new"),
    path(
        "imports/template/<slug:kind>/",
        imports.ImportTemplateView.as_view(),
        name="import-template",
    ),
    path("imports/<int:pk>/", import_page.ImportView.as_view(), name="import"),
    path("imports/<int:pk>/commit/", import_page.CommitView.as_view(), name="import-commit"),
    path("imports/<int:pk>/abandon/", import_page.AbandonView.as_view(), name="import-abandon"),
    path("imports/<int:pk>/marked/", import_page.MarkedView.as_view(), name="import-marked"),
]
