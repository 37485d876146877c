"""Reads about contacts (填报联系人): what they were given, and who holds which sections."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import QuerySet

from criteria.queries import spec_of
from portal.core.actor import Actor
from portal.core.constants import POST_KINDS, Can
from portal.core.models import Post
from towns.declared import FACTS, criterion_section
from towns.models import (
    Answer,
    Application,
    DraftField,
    SectionGrant,
    TownFigure,
    TownFunction,
)
from towns.sections import typed_sections

KINDS = [kind.key for kind in POST_KINDS.values() if Can.CONTRIBUTE in kind.can]


def section_titles(application: Application) -> dict[str, str]:
    """Every section that can be given to a contact: key -> title, in the order of the list."""
    criteria = {
        criterion_section(row.key): f"{row.clause} {row.title}"
        for row in spec_of(application.criteria_set).criteria
    }
    return {
        section.key: criteria.get(section.key, section.title)
        for section in typed_sections(application)
    }


class Contribution(NamedTuple):
    """One application of which a contact was given sections."""

    application: Application
    sections: tuple[tuple[str, str], ...]
    grant: SectionGrant


def contributions(actor: Actor) -> list[Contribution]:
    """What the acting contact was given, latest application first."""
    held = SectionGrant.objects.in_force(actor, "contribute_application")
    rows = (
        held.select_related(
            "content_object__town__county",
            "content_object__round__office__region",
            "content_object__criteria_set",
            "granted_by",
        )
        .filter(content_object__trial=False)
        .order_by("-content_object_id")
    )
    found = []
    for grant in rows:
        application: Application = grant.content_object
        titles = section_titles(application)
        given = tuple((key, titles[key]) for key in titles if key in grant.sections)
        found.append(Contribution(application, given, grant))
    return found


def filled_sections(rows: Iterable[Contribution]) -> dict[int, set[str]]:
    """Application -> its sections in which something stands, saved or waiting; five queries."""
    applications = [row.application for row in rows]
    keys = [application.pk for application in applications]
    towns = [application.town_id for application in applications]
    written = Answer.objects.filter(application__in=keys).exclude(text="")
    typed = DraftField.objects.filter(application__in=keys).exclude(text="")
    reported = set(TownFigure.objects.filter(town__in=towns).values_list("town_id", flat=True))
    stated = set(TownFunction.objects.on().filter(town__in=towns).values_list("town_id", flat=True))
    found: dict[int, set[str]] = {key: set() for key in keys}
    for key, criterion in written.values_list("application_id", "criterion"):
        found[key].add(criterion_section(criterion))
    for key, section in typed.values_list("application_id", "section"):
        found[key].add(section)
    for application in applications:
        own = found[application.pk]
        own |= {"facts"} if any(getattr(application, name) for name in FACTS) else set()
        own |= {"industry"} if application.industry_text else set()
        own |= {"figures"} if application.town_id in reported else set()
        own |= {"functions"} if application.town_id in stated else set()
    return found


def holders(application: Application) -> QuerySet[SectionGrant]:
    """The contacts who hold sections of an application today."""
    rows: QuerySet[SectionGrant] = (
        SectionGrant.objects.on()
        .filter(content_object=application)
        .select_related("group__post__office")
        .order_by("pk")
    )
    return rows


def contact_posts(application: Application) -> QuerySet[Post]:
    """Posts of contacts in the filing units of the town's county."""
    rows: QuerySet[Post] = (
        Post.objects.filter(kind__in=KINDS, office__region_id=application.town.county_id)
        .select_related("office__region")
        .order_by("office__name", "pk")
    )
    return rows
