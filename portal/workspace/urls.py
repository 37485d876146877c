"""Addresses of this app."""

from django.urls import path

from portal.workspace.styleguide import styleguide
from portal.workspace.views import home, ledger, public

urlpatterns = [
    path("", home.RootView.as_view(), name="root"),
    path("home/", home.HomeView.as_view(), name="home"),
    path("styleguide/", styleguide, name="styleguide"),
    path("public/notices/", public.NoticeListView.as_view(), name="public-notices"),
    path("public/notices/<int:pk>/", public.NoticeView.as_view(), name="public-notice"),
    path("public/roster/", public.RosterView.as_view(), name="public-roster"),
    path("public/documents/<int:pk>/", public.DocumentView.as_view(), name="public-document"),
    path(
        "public/documents/<int:pk>/file/",
        public.DocumentFileView.as_view(),
        name="public-document-file",
    ),
    path("o/<slug:office>/", home.WorkspaceView.as_view(), name="workspace"),
    path("o/<slug:office>/ledger/", ledger.LedgerView.as_view(), name="ledger"),
]
