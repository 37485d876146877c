"""Addresses of this app."""

from django.urls import include, path

from portal.workspace.styleguide import styleguide
from portal.workspace.views import (
    access,
    account_import,
    account_import_job,
    account_steps,
    accounts,
    calendar,
    home,
    ledger,
    notifications,
    public,
    self_check,
    stream,
)

urlpatterns = [
    path("", home.RootView.as_view(), name="root"),
    path("home/", home.HomeView.as_view(), name="home"),
    path("styleguide/", styleguide, name="styleguide"),
    path("public/notices/", public.NoticeListView.as_view(), name="public-notices"),
    path("public/notices/<int:pk>/", public.NoticeView.as_view(), name="public-notice"),
    path("public/roster/", public.RosterView.as_view(), name="public-roster"),
    path("public/documents/<int:pk>/", public.DocumentView.as_view(), name="public-document"),
    path("public/self-check/", self_check.SelfCheckView.as_view(), name="self-check"),
    path(
        "public/self-check/carry/",
        self_check.SelfCheckCarryView.as_view(),
        name="self-check-carry",
    ),
    path(
        "public/documents/<int:pk>/file/",
        public.DocumentFileView.as_view(),
        name="public-document-file",
    ),
    path(
        "public/documents/<int:pk>/files/<int:rendition>/",
        public.DocumentRenditionView.as_view(),
        name="public-document-rendition",
    ),
    path("o/<slug:office>/", home.WorkspaceView.as_view(), name="workspace"),
    path(
        "o/<slug:office>/notifications/",
        notifications.NotificationsView.as_view(),
        name="notifications",
    ),
    path(
        "o/<slug:office>/notifications/<int:pk>/",
        notifications.NotificationOpenView.as_view(),
        name="notification-open",
    ),
    path("o/<slug:office>/calendar/", calendar.CalendarView.as_view(), name="calendar"),
    path(
        "o/<slug:office>/calendar/year/", calendar.CalendarYearView.as_view(), name="calendar-year"
    ),
    path("o/<slug:office>/ledger/", ledger.LedgerView.as_view(), name="ledger"),
    path("o/<slug:office>/ledger/export/", ledger.LedgerExportView.as_view(), name="ledger-export"),
    path("o/<slug:office>/ledger/<int:pk>/", ledger.LedgerEntryView.as_view(), name="ledger-entry"),
    path("o/<slug:office>/access-log/", stream.AccessLogView.as_view(), name="access-log"),
    path(
        "o/<slug:office>/access-log/export/",
        stream.AccessExportView.as_view(),
        name="access-log-export",
    ),
    path("o/<slug:office>/anchors/", stream.AnchorsView.as_view(), name="anchors"),
    path("o/<slug:office>/accounts/", accounts.AccountListView.as_view(), name="accounts"),
    path("o/<slug:office>/accounts/new/", accounts.AccountNewView.as_view(), name="account-new"),
    path("o/<slug:office>/accounts/slips/", account_steps.SlipView.as_view(), name="account-slips"),
    path(
        "o/<slug:office>/accounts/import/",
        account_import.AccountImportView.as_view(),
        name="account-import",
    ),
    path(
        "o/<slug:office>/accounts/import/template/",
        account_import.ImportTemplateView.as_view(),
        name="account-import-template",
    ),
    path(
        "o/<slug:office>/accounts/import/report/",
        account_import.ImportReportView.as_view(),
        name="account-import-report",
    ),
    path(
        "o/<slug:office>/accounts/import/confirm/",
        account_import.ImportConfirmView.as_view(),
        name="account-import-confirm",
    ),
    path(
        "o/<slug:office>/accounts/import/<int:pk>/",
        account_import.ImportDoneView.as_view(),
        name="account-import-done",
    ),
    path(
        "o/<slug:office>/accounts/import/jobs/<int:pk>/",
        account_import_job.ImportJobView.as_view(),
        name="account-import-job",
    ),
    path("o/<slug:office>/accounts/<int:pk>/", accounts.AccountView.as_view(), name="account"),
    path(
        "o/<slug:office>/accounts/<int:pk>/edit/",
        accounts.AccountEditView.as_view(),
        name="account-edit",
    ),
    path(
        "o/<slug:office>/accounts/<int:pk>/<slug:step>/",
        account_steps.AccountStepView.as_view(),
        name="account-step",
    ),
    path("o/<slug:office>/access-matrix/", access.AccessMatrixView.as_view(), name="access-matrix"),
    path("o/<slug:office>/", include("portal.workspace.office_urls")),
    path("o/<slug:office>/", include("portal.workspace.import_urls")),
]
