"""What the registers held before their new shape comes through the migration."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.migrated import empty_database

BEFORE = [("towns", "0003_names_of_the_day"), ("criteria", "0004_editors_of_a_draft")]
AFTER = [("towns", "0006_what_was_filled")]


@pytest.mark.django_db(transaction=True)
def test_earlier_rows_come_through() -> None:
    with empty_database("registers"):
        executor = MigrationExecutor(connection)
        executor.migrate(BEFORE)
        apps = executor.loader.project_state(BEFORE).apps
        region = apps.get_model("core", "Region").objects.create(
            code="149999", name="某县", kind="county", scope_from="149999", scope_to="150000",
            valid_from=date(2020, 1, 1),
        )  # fmt: skip
        town = apps.get_model("towns", "Town").objects.create(
            name="某专业镇", county=region, scope_code="149999", industry="陶瓷", category="craft"
        )
        enterprise = apps.get_model("towns", "Enterprise").objects.create(
            uscc="91149999MA00000001", name="某企业", entity="enterprise"
        )
        apps.get_model("towns", "Membership").objects.create(
            town=town, enterprise=enterprise, role="leading",
            since=date(2026, 5, 1), until=date(2026, 4, 1),
        )  # fmt: skip
        indicator = apps.get_model("criteria", "Indicator").objects.create(
            key="old_output", name="产值", unit="元", type="money", subject="town",
            source="reported",
        )  # fmt: skip
        apps.get_model("towns", "TownFigure").objects.create(
            town=town, year=2024, indicator=indicator, value=1, state="confirmed"
        )
        honour = apps.get_model("towns", "Honour")
        for kind, level in (
            ("三晋老字号", "省级"),
            ("山西老字号", "省级"),
            ("专精特新“小巨人”企业", "国家级"),
            ("名称很长而表中没有的一种荣誉" * 4, "市级"),
        ):
            honour.objects.create(
                enterprise=enterprise, kind=kind, level=level, awarded_on=date(2023, 1, 1)
            )
        executor = MigrationExecutor(connection)
        executor.migrate(AFTER)
        apps = executor.loader.project_state(AFTER).apps
        rows = list(
            apps.get_model("towns", "Honour")
            .objects.order_by("pk")
            .values_list("kind", "level", "title", "revoked_reason")
        )
        assert [row[:2] for row in rows] == [
            ("old_brand_shanxi", "province"),
            ("old_brand_shanxi", "province"),
            ("little_giant", "national"),
            ("other", "city"),
        ]
        assert rows[0][3] == "" and "只计一条" in rows[1][3]
        assert rows[3][2].startswith("名称很长")
        year = apps.get_model("towns", "TownYear").objects.get()
        assert (year.year, year.state) == (2024, "confirmed")
        member = apps.get_model("towns", "Membership").objects.get()
        assert (member.scope_code, member.since) == ("149999", date(2026, 4, 1))
        move = apps.get_model("towns", "StageMove").objects.get()
        assert move.stage == "pooled"
