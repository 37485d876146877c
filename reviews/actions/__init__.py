"""Every write of the reviews app, split by subject. All moves of a case go through ``moving``."""

from reviews.actions.collective import close_notice, convene_meeting, publish_notice, record_meeting
from reviews.actions.deciding import decide_step
from reviews.actions.filing import submit_application, withdraw_application
from reviews.actions.issuing import draft_certification
from reviews.actions.judging import ask_units, assign_experts, give_opinion, save_scores

__all__ = [
    "ask_units",
    "assign_experts",
    "close_notice",
    "convene_meeting",
    "decide_step",
    "draft_certification",
    "give_opinion",
    "publish_notice",
    "record_meeting",
    "save_scores",
    "submit_application",
    "withdraw_application",
]
