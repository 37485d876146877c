"""Paper copies of evidence: ticked off by the office that handles the case, read by the town."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from portal.core.errors import Refused
from portal.core.models import LedgerEntry
from portal.core.web import office_url
from reviews.actions import receive_paper_copies, undo_paper_copies
from tests.factories import client_of, make_world
from tests.scenario import file
from towns.models import PaperCopy

pytestmark = pytest.mark.django_db


def test_paper_copies_are_ticked_off_and_undone() -> None:
    world = make_world()
    case = file(world, "county")
    clerk, filer = world.actor("puxian.clerk"), world.actor("puxian.filer")
    evidence = case.application.snapshot["evidence"][0]["id"]
    given: dict[str, Any] = {"actor": clerk, "case_id": case.pk, "pieces": [evidence]}
    assert len(receive_paper_copies(**given, note="原件")) == 1
    assert receive_paper_copies(**given) == []
    assert PaperCopy.objects.count() == 1
    entries = LedgerEntry.objects.filter(chain=f"reviews.case:{case.pk}")
    assert entries.filter(verb="receive_paper_copies").count() == 1
    with pytest.raises(ValidationError):
        receive_paper_copies(**{**given, "pieces": [10**9]})
    with pytest.raises(ValidationError, match="先勾选"):
        receive_paper_copies(**{**given, "pieces": []})
    with pytest.raises(Refused, match="由正在办理的"):
        receive_paper_copies(**{**given, "actor": world.actor("sx.clerk")})
    # The town reads that it was received, by which office and when; never by whom.
    client, address = client_of(filer), "application-evidence"
    page = client.get(office_url(filer, address, case.application_id)).text
    assert "已收" in page and "原件" in page and clerk.name not in page
    own = client_of(clerk).get(office_url(clerk, address, case.application_id)).text
    assert clerk.name in own
    refused = client.get(office_url(filer, "case-paper-copies", case.pk))
    assert refused.status_code == 403 and "由正在办理的" in refused.text
    # The page: boxes, both ways, without a script.
    desk, pieces = client_of(clerk), office_url(clerk, "case-paper-copies", case.pk)
    assert f'name="pieces" value="{evidence}"' in desk.get(pieces).text
    post = {"acting_post": clerk.post.pk if clerk.post else 0, "pieces": evidence}
    assert desk.post(pieces, {**post, "undo": "1"}).status_code == 302
    assert undo_paper_copies(**given) == []
    assert PaperCopy.objects.get().undone_at is not None
    assert "已收" not in client.get(office_url(filer, address, case.application_id)).text
    nothing = {"acting_post": post["acting_post"], "note": "一份"}
    wrong = desk.post(pieces, nothing)
    assert wrong.status_code == 422 and 'value="一份"' in wrong.text
    if case.application.snapshot.get("request"):
        assert len(receive_paper_copies(**{**given, "pieces": [0, evidence]})) == 2
