"""Addresses of the register of towns."""

from django.urls import URLPattern, path

from towns.urls.places import OFFICE, TOWN
from towns.views import filings, history, papers, register, reshaping

urlpatterns: list[URLPattern] = [
    path(OFFICE + "towns/new/", register.TownNewView.as_view(), name="town-new"),
    path(TOWN + "amend/", register.TownAmendView.as_view(), name="town-amend"),
    path(TOWN + "stage/", register.TownStageView.as_view(), name="town-stage"),
    path(TOWN + "rename/", register.TownRenameView.as_view(), name="town-rename"),
    path(TOWN + "merge/", reshaping.TownMergeView.as_view(), name="town-merge"),
    path(TOWN + "split/", reshaping.TownSplitView.as_view(), name="town-split"),
    path(TOWN + "strike-off/", reshaping.TownStrikeOffView.as_view(), name="town-strike-off"),
    path(TOWN + "filings/", filings.TownFilingsView.as_view(), name="town-filings"),
    path(
        OFFICE + "certifications/<int:pk>/source/",
        filings.CertificationSourceView.as_view(),
        name="certification-source",
    ),
    path(TOWN + "papers/", papers.TownPapersView.as_view(), name="town-papers"),
    path(TOWN + "papers/add/", papers.PaperAddView.as_view(), name="paper-add"),
    path(
        TOWN + "papers/<int:paper>/withdraw/",
        papers.PaperWithdrawView.as_view(),
        name="paper-withdraw",
    ),
    path(TOWN + "history/", history.TownHistoryView.as_view(), name="town-history"),
]
