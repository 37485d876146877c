"""What the read-only API says of a certification."""

from __future__ import annotations

from rest_framework import serializers

from towns.models import Certification


class CertificationSerializer(serializers.ModelSerializer[Certification]):
    """A row of the roster."""

    town = serializers.CharField(source="town_name")
    county_code = serializers.CharField(source="scope_code")
    document_number = serializers.CharField(read_only=True)

    class Meta:
        model = Certification
        fields = (
            "id",
            "town",
            "level",
            "county_code",
            "category",
            "industry",
            "year",
            "document_number",
            "valid_from",
            "valid_to",
            "state",
        )
        read_only_fields = fields
