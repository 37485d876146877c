"""For each action of the table: the state and the arguments with which the right person succeeds.

The keyword arguments are those without ``actor``; ``tests.access.states`` makes the longer ones.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from portal.core import clock
from tests.access import states
from tests.access.ground import HOME, Held
from tests.access.subjects import joined
from tests.factories import uscc
from tests.scenario import open_run

Arguments = dict[str, Any]
Prepare = Callable[[Held], Arguments]


# Name of the row -> arguments.
PREPARATIONS: dict[str, Prepare] = {
    "towns.start_application": lambda held: {
        "town": held.fresh_town,
        "call": held.world.rounds["county"],
    },
    "towns.save_overview": lambda held: {
        **states.filing(held),
        "contact": "张联系",
        "contact_phone": "0357-5322000",
        "summary": "产业基础扎实。",
    },
    "towns.save_answer": lambda held: {
        **states.filing(held),
        "criterion": states.criterion(held.county.filing),
        "text": "情况属实。",
    },
    "towns.request_relaxation": states.condition,
    "towns.attach_evidence": lambda held: {
        **states.filing(held),
        "criterion": states.criterion(held.county.filing),
        "title": "证明",
        "upload": states.upload(),
    },
    "towns.attach_files": lambda held: {
        **states.filing(held),
        "criterion": states.criterion(held.county.filing),
        "files": [states.upload()],
    },
    "towns.remove_evidence": lambda held: {
        **states.filing(held),
        "evidence_id": held.county.filing.evidence.get().pk,
    },
    "towns.attach_request": lambda held: {**states.filing(held), "number": "蒲政请〔2026〕9号"},
    "towns.remove_request": states.filing,
    "towns.sign_commitments": lambda held: {
        **states.filing(held),
        "texts": held.county.filing.round.commitment_texts,
    },
    "towns.hand_over": states.filing,
    "towns.send_back_to_filer": lambda held: {"application": held.ready, "reason": "请核对"},
    "towns.record_figures": lambda held: {
        "town": held.world.towns[HOME],
        "year": clock.today().year - 1,
        "values": {"tax": Decimal(1)},
        "source": "统计年报",
    },
    "towns.add_member": lambda held: {
        "town": held.world.towns[HOME],
        "uscc": uscc(999_999_999),
        "name": "新企业",
        "entity": "enterprise",
        "role": "supporting",
    },
    "towns.end_membership": states.membership,
    "towns.set_functions": lambda held: {
        "town": held.world.towns[HOME],
        "states": {row.key: "absent" for row in held.world.towns[HOME].functions.all()},
        "platforms": {},
    },
    "towns.open_round": states.call,
    "towns.grant_town": states.grant,
    "towns.revoke_town_grant": states.town_grant,
    "reviews.submit_on_trial": states.on_trial,
    "reviews.submit_application": lambda held: {"application": held.ready},
    "reviews.withdraw_application": lambda held: {"case_id": held.accept.pk, "reason": "撤回"},
    "reviews.decide_step": lambda held: {
        "case_id": held.accept.pk,
        "run_id": open_run(held.accept).pk,
        "outcome": "accept",
        "opinion": "情况属实。",
    },
    "reviews.ask_units": lambda held: {
        "case_id": held.opinions.pk,
        "office_ids": [held.world.offices[f"{HOME}-unit2"].pk],
    },
    "reviews.give_opinion": lambda held: {
        "case_id": held.opinions.pk,
        "opinion_id": held.opinions.opinions.get().pk,
        "verdict": "agree",
        "text": "无意见",
    },
    "reviews.assign_experts": lambda held: {
        "case_id": held.scoring.pk,
        "post_ids": [states.post(held, "expert2").pk],
    },
    "reviews.save_scores": states.scores,
    "reviews.convene_meeting": lambda held: {
        "case_ids": [held.to_convene.pk],
        "title": "领导小组会议",
        "held_on": clock.today(),
    },
    "reviews.record_meeting": lambda held: {
        "meeting": held.meeting,
        "results": states.results(held.meeting.items, "approve"),
        "minutes": "同意。",
    },
    "reviews.publish_notice": states.notice,
    "reviews.close_notice": lambda held: {
        "notice": held.notice,
        "results": states.results(held.notice.items, "clear"),
    },
    "core.appoint": states.appointing,
    "core.succeed": lambda held: {
        "post": states.post(held, "signer"),
        "user": states.person(held),
        "since": clock.today(),
    },
    "core.end_appointment": lambda held: {
        "appointment": states.appointment(held, "signer"),
        "on": clock.today(),
        "reason": "工作调动",
    },
    "core.revoke_appointment": states.new_appointment,
    "core.record_leave": states.leave,
    "core.end_leave": states.running_leave,
    "core.deputise": states.deputy,
    "core.end_deputy": states.running_deputy,
    "core.add_unit": states.unit,
    "core.create_post": lambda held: {
        "office": states.office(held),
        "kind": "clerk",
        "title": "科员",
        "source": "机构改革",
    },
    "core.close_post": lambda held: {
        "post": states.vacant(held),
        "on": clock.today(),
        "reason": "机构改革",
    },
    "core.rename_office": lambda held: {
        "office": states.office(held),
        "name": "专业镇建设领导小组办公室",
        "on": clock.today(),
        "source": "机构改革",
    },
    "core.close_office": lambda held: {
        "office": states.units(held)[0],
        "on": clock.today(),
        "source": "机构改革",
    },
    "core.merge_offices": lambda held: {
        "offices": states.units(held),
        "name": "文旅商务局",
        "on": clock.today(),
        "source": "机构改革",
    },
    "core.split_office": lambda held: {
        "office": states.units(held)[0],
        "names": ["文化局", "旅游局"],
        "on": clock.today(),
        "source": "机构改革",
    },
    "core.create_account": lambda held: {
        "username": "li.lei",
        "display_name": "李雷",
        "office": states.office(held),
    },
    "core.update_account": lambda held: {
        "user": states.person(held),
        "display_name": "新名字",
        "office": states.office(held),
    },
    "core.disable_account": lambda held: {"user": states.person(held), "reason": "离岗"},
    "core.enable_account": states.disabled,
    "core.issue_activation": lambda held: {"users": [states.person(held)]},
    "core.lift_lock": states.locked,
    "core.reset_second_factor": states.second_factor,
    "core.end_sign_ins": states.signed_in,
    "core.rehearse_import": states.book,
    "core.import_accounts": states.book,
    **joined("PREPARATIONS"),
}
