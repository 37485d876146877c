"""Taking over from the last application and the registers, and beginning from an earlier one."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from portal.core.actor import Actor
from portal.core.models import LedgerEntry
from tests.factories import World, grant_town, make_town
from tests.scenario import file
from towns.actions import copy_application, prefill_application, start_application
from towns.actions.drafting import save_section
from towns.models import Application, DraftField, Evidence, RelaxationRequest
from towns.prefilling import CHANGED, EMPTY, SAME, TYPED, offers, prefill_context
from towns.sections import find_section, working

pytestmark = pytest.mark.django_db


@pytest.fixture
def earlier(world: World) -> Application:
    """The county application of the town, submitted before."""
    application = file(world, "county").application
    application.refresh_from_db()
    return application


def states(application: Application) -> dict[str, str]:
    return {row.key: row.state for row in offers(application)}


def test_empty_fields_are_filled_marked_and_never_over_what_was_typed(
    world: World, filer: Actor, earlier: Application, browse
) -> None:
    town, call = world.towns["puxian"], world.rounds["province"]
    application = start_application(actor=filer, town=town, call=call)
    save_section(
        actor=filer,
        application=application,
        key="facts",
        opened=None,
        typed={"contact": "李新人"},
    )
    application = Application.objects.get(pk=application.pk)
    found = states(application)
    assert found["facts/contact"] == TYPED
    assert found["facts/summary"] == EMPTY
    assert found["industry/industry_text"] == EMPTY
    shown = prefill_context(filer, application, editable=True)["prefill"]
    assert shown["empty"] == list(found.values()).count(EMPTY)
    person = browse("puxian.filer")
    page = person.get("application-prefill", application.pk)
    assert f"带自{earlier.round.figures_year}年度县级申报" in page.text
    assert earlier.summary in page.text
    assert 'value="facts/contact"' not in page.text
    nothing = person.post("application-prefill", application.pk, data={})
    assert nothing.status_code == 422
    assert "请至少勾选一项" in nothing.text
    names = ["facts/contact", "facts/summary", "industry/industry_text"]
    done = person.post("application-prefill", application.pk, data={"names": names})
    assert done.status_code == 302
    application.refresh_from_db()
    assert application.contact == "李新人"
    assert application.summary == earlier.summary
    assert application.industry_text.startswith(f"{town.name}主导产业为{town.industry}")
    row = DraftField.objects.get(application=application, name="summary")
    assert (row.source, row.source_note) == (
        "last_year",
        f"带自{earlier.round.figures_year}年度县级申报",
    )
    section = find_section(application, "industry")
    assert section is not None
    assert working(application, section)["industry_text"].source == "register"
    entries = LedgerEntry.objects.filter(verb="prefill_application").count()
    again = prefill_application(actor=filer, application=application, names=names[1:])
    assert (again.taken, again.skipped) == ([], [])
    assert LedgerEntry.objects.filter(verb="prefill_application").count() == entries

    # The register changes: what nobody has touched is offered anew, what was typed is not.
    town.products = "牛肉、牛骨粉"
    town.save(update_fields=["products"])
    application = Application.objects.get(pk=application.pk)
    assert states(application)["industry/industry_text"] == CHANGED
    assert states(application)["facts/summary"] == SAME
    assert "带入后来源有变化" in person.get("application-prefill", application.pk).text
    prefill_application(actor=filer, application=application, names=["industry/industry_text"])
    application.refresh_from_db()
    assert "牛骨粉" in application.industry_text
    save_section(
        actor=filer, application=application, key="facts", opened=None, typed={"summary": "新概述"}
    )
    application = Application.objects.get(pk=application.pk)
    kept = prefill_application(actor=filer, application=application, names=["facts/summary"])
    assert [row.key for row in kept.skipped] == ["facts/summary"]
    application.refresh_from_db()
    assert application.summary == "新概述"


def test_line_ends_of_earlier_releases_are_taken_over_plain(
    world: World, filer: Actor, earlier: Application
) -> None:
    Application.objects.filter(pk=earlier.pk).update(
        snapshot={**earlier.snapshot, "summary": "甲\r\n乙"}
    )
    call = world.rounds["province"]
    application = start_application(actor=filer, town=world.towns["puxian"], call=call)
    prefill_application(actor=filer, application=application, names=["facts/summary"])
    application.refresh_from_db()
    assert application.summary == "甲\n乙"
    Application.objects.filter(pk=application.pk).update(summary="甲\r\n乙")
    application.refresh_from_db()
    assert states(application)["facts/summary"] == SAME


def test_an_earlier_application_is_copied_once(
    world: World, filer: Actor, earlier: Application, browse
) -> None:
    town, call = world.towns["puxian"], world.rounds["province"]
    person, year = browse("puxian.filer"), earlier.round.figures_year
    page = person.get("application-start", town.pk, call.pk)
    assert "空白申报" in page.text
    assert f"复制{year}年度县级申报" in page.text
    wrong = person.post("application-start", town.pk, call.pk, data={"begin": "999"})
    assert wrong.status_code == 422
    data = {"begin": str(earlier.pk), "evidence": "on"}
    for _ in range(2):
        done = person.post("application-start", town.pk, call.pk, data=data)
        assert done.status_code == 302
    application = Application.objects.get(round=call, town=town)
    assert application.copied_from == earlier
    assert (application.contact, application.summary) == (earlier.contact, earlier.summary)
    same = {row.criterion for row in earlier.answers.all()}
    kept = {row.key for row in application.criteria_set.criteria.all()} & same
    assert set(application.answers.values_list("criterion", flat=True)) == kept
    assert kept
    assert not RelaxationRequest.objects.filter(application=application).exists()
    assert application.commitments == []
    assert application.request_file is None
    old = Evidence.objects.filter(application=earlier, criterion__in=same).first()
    copies = list(Evidence.objects.filter(application=application))
    if old is not None and old.criterion in kept:
        assert [row.file_id for row in copies] == [old.file_id]
        assert copies[0].title == f"{old.title}（{year}年度）"
    sources = DraftField.objects.filter(application=application).values_list("source", flat=True)
    assert set(sources) == {"last_year"}
    assert LedgerEntry.objects.filter(verb="copy_application").count() == 1


def test_only_submitted_applications_of_the_same_town_are_copied(
    world: World, filer: Actor, earlier: Application
) -> None:
    other = make_town(world.regions["141033"], "蒲县红枣专业镇", "红枣")
    grant_town(filer, other)
    with pytest.raises(ValidationError, match="只能复制本专业镇"):
        copy_application(actor=filer, town=other, call=world.rounds["province"], source=earlier)
    assert not Application.objects.filter(town=other).exists()
