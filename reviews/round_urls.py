"""Addresses of rounds: a round's page shows the chain, so it stands above the towns app."""

from django.urls import path

from reviews.views import round_parts, round_slots, round_terms, round_trial, rounds

ROUND = "o/<slug:office>/rounds/<int:pk>/"

urlpatterns = [
    path("o/<slug:office>/rounds/new/", round_terms.RoundNewView.as_view(), name="round-new"),
    path(ROUND, rounds.RoundView.as_view(), name="round"),
    path(ROUND + "assess/", rounds.RoundAssessView.as_view(), name="round-assess"),
    path(ROUND + "edit/", round_terms.RoundEditView.as_view(), name="round-edit"),
    path(ROUND + "quotas/", round_parts.QuotasView.as_view(), name="round-quotas"),
    path(ROUND + "extensions/", round_parts.ExtensionsView.as_view(), name="round-extensions"),
    path(
        ROUND + "extensions/<int:extension>/revoke/",
        round_parts.ExtensionRevokeView.as_view(),
        name="round-extension-revoke",
    ),
    path(ROUND + "trial/discard/", round_trial.DiscardTrialView.as_view(), name="round-discard"),
    path(ROUND + "trial/end/", round_trial.EndTrialView.as_view(), name="round-official"),
    path(ROUND + "slots/", round_slots.SlotsView.as_view(), name="round-slots"),
    path(ROUND + "slots/new/", round_slots.SlotNewView.as_view(), name="round-slot-new"),
    path(ROUND + "slots/<int:slot>/", round_slots.SlotEditView.as_view(), name="round-slot"),
    path(
        ROUND + "slots/<int:slot>/move/", round_slots.SlotMoveView.as_view(), name="round-slot-move"
    ),
]
