"""Every write of the reviews app, split by subject. All moves of a case go through ``moving``."""

from reviews.actions.claiming import (
    claim_case,
    hand_over_case,
    release_case,
    take_over_case,
)
from reviews.actions.collective import close_notice, convene_meeting, publish_notice, record_meeting
from reviews.actions.consulting import ask_units, give_opinion, reconfirm_opinion
from reviews.actions.deciding import decide_step, reaffirm_step
from reviews.actions.dividing import set_criterion_units
from reviews.actions.filing import submit_application, submit_on_trial, withdraw_application
from reviews.actions.issuing import draft_certification
from reviews.actions.judging import assign_experts, save_scores
from reviews.actions.notes import add_note
from reviews.actions.paper_copies import receive_paper_copies, undo_paper_copies
from reviews.actions.phrases import remove_phrase, save_phrase
from reviews.actions.recommending import draft_recommendation
from reviews.actions.reversing import reverse_step
from reviews.actions.rounds import change_round
from reviews.actions.shortlists import confirm_shortlist, promote_reserve, save_shortlist
from reviews.actions.visits import (
    add_photos,
    cancel_visit,
    plan_visit,
    record_visit,
    remove_photo,
)

__all__ = [
    "add_note",
    "add_photos",
    "ask_units",
    "assign_experts",
    "cancel_visit",
    "change_round",
    "claim_case",
    "close_notice",
    "confirm_shortlist",
    "convene_meeting",
    "decide_step",
    "draft_certification",
    "draft_recommendation",
    "give_opinion",
    "hand_over_case",
    "plan_visit",
    "promote_reserve",
    "publish_notice",
    "reaffirm_step",
    "receive_paper_copies",
    "reconfirm_opinion",
    "record_meeting",
    "record_visit",
    "release_case",
    "remove_photo",
    "remove_phrase",
    "reverse_step",
    "save_phrase",
    "save_scores",
    "save_shortlist",
    "set_criterion_units",
    "submit_application",
    "submit_on_trial",
    "take_over_case",
    "undo_paper_copies",
    "withdraw_application",
]
