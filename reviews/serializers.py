"""What the read-only API says of a case. Scores and notes of a step are never among it."""

from __future__ import annotations

from rest_framework import serializers

from reviews.models import Case, StepRun


class CaseSerializer(serializers.ModelSerializer[Case]):
    """A case as a list shows it."""

    town = serializers.CharField(source="town_name")
    county = serializers.CharField(source="county_name")
    county_code = serializers.CharField(source="scope_code")
    round = serializers.CharField(source="round.title")
    office = serializers.CharField(source="office.name")
    step_name = serializers.CharField(source="get_step_display")
    status = serializers.CharField(source="status_label")

    class Meta:
        model = Case
        fields = (
            "id",
            "number",
            "level",
            "town",
            "county",
            "county_code",
            "category",
            "round",
            "office",
            "state",
            "step",
            "step_name",
            "status",
            "outcome",
            "due_on",
            "opened_at",
            "moved_at",
            "closed_at",
        )
        read_only_fields = fields


class StepRunSerializer(serializers.ModelSerializer[StepRun]):
    """A step of a case; its outcome is null until it is released to the reader."""

    step_name = serializers.CharField(source="get_step_display")
    office = serializers.CharField(source="organ")
    outcome = serializers.SerializerMethodField()

    class Meta:
        model = StepRun
        fields = (
            "ordinal",
            "step",
            "step_name",
            "office",
            "started_at",
            "due_on",
            "finished_at",
            "outcome",
            "voided",
        )
        read_only_fields = fields

    def get_outcome(self, run: StepRun) -> str | None:
        """The outcome, for whom it is released."""
        return run.outcome or None if run.pk in self.context["released"] else None
