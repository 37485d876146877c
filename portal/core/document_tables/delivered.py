"""The delivery list of a document: to whom it went, and who has read it when."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from portal.core.actor import Actor
from portal.core.document_tables.steps import Item
from portal.core.models import Delivery
from portal.core.names import knows_people_of

DELIVERY_COLUMNS = [
    {"label": "收文单位", "kind": "name"},
    {"label": "分发时间", "kind": "datetime"},
    {"label": "签收", "kind": "tag"},
    {"label": "首次查阅", "kind": "datetime"},
    {"label": "查阅人", "kind": "name"},
]


def delivery_rows(actor: Actor, deliveries: Sequence[Delivery]) -> list[Item]:
    """A row for each office, those that have not read it first."""
    ordered = sorted(deliveries, key=lambda row: bool(row.reads.all()))
    return [_row(actor, delivery) for delivery in ordered]


def _row(actor: Actor, delivery: Delivery) -> Item:
    reads = list(delivery.reads.all())
    people = ""
    if reads and knows_people_of(actor, delivery.office):
        people = "、".join(
            f"{read.name}（{timezone.localtime(read.read_at):%m-%d %H:%M}）" for read in reads
        )
    elif reads:
        people = f"{len(reads)} 人"
    word, tone = ("已阅", "success") if reads else ("未阅", "warning")
    return {
        "cells": [
            delivery.organ_name,
            delivery.sent_at,
            {"text": word, "tone": tone},
            reads[0].read_at if reads else None,
            people,
        ]
    }


def read_count(deliveries: Sequence[Delivery]) -> str:
    """How many have read it of how many."""
    done = sum(1 for row in deliveries if row.reads.all())
    return f"{done}/{len(deliveries)}"
