"""Writes of the towns app: keeping a town's truth and drafting an application.

What happens after a draft (submit, decide, return, withdraw) opens and moves a case, so it lives in
``reviews.actions``. Every write here: lock, policy, save, ledger, in one transaction.
"""

from towns.actions.enterprise_figures import record_enterprise_figures
from towns.actions.enterprises import (
    add_member,
    amend_member,
    change_role,
    end_membership,
    rename_enterprise,
)
from towns.actions.figures import (
    confirm_figures,
    correct_figures,
    record_figures,
    return_figures,
)
from towns.actions.filing import (
    attach_evidence,
    attach_files,
    hand_over,
    remove_evidence,
    request_relaxation,
    save_answer,
    save_criterion,
    save_overview,
    send_back_to_filer,
    start_application,
)
from towns.actions.granting import (
    grant_town,
    revoke_town_grant,
)
from towns.actions.honours import (
    add_honour,
    amend_honour,
    revoke_honour,
)
from towns.actions.outcomes import (
    certify_town,
    end_certifications,
    freeze_application,
)
from towns.actions.papers import (
    add_paper,
    attach_source,
    withdraw_paper,
)
from towns.actions.register import (
    amend_town,
    move_stage,
    register_town,
    rename_town,
)
from towns.actions.reshaping import (
    merge_towns,
    split_town,
    strike_off_town,
)
from towns.actions.rounds import (
    assess_round,
    open_round,
)
from towns.actions.services import (
    add_platform,
    amend_platform,
    end_platform,
    set_functions,
)
from towns.actions.simulation import (
    start_simulation,
)

__all__ = [
    "add_honour",
    "add_member",
    "add_paper",
    "add_platform",
    "amend_honour",
    "amend_member",
    "amend_platform",
    "amend_town",
    "assess_round",
    "attach_evidence",
    "attach_files",
    "attach_source",
    "certify_town",
    "change_role",
    "confirm_figures",
    "correct_figures",
    "end_certifications",
    "end_membership",
    "end_platform",
    "freeze_application",
    "grant_town",
    "hand_over",
    "merge_towns",
    "move_stage",
    "open_round",
    "record_enterprise_figures",
    "record_figures",
    "register_town",
    "remove_evidence",
    "rename_enterprise",
    "rename_town",
    "request_relaxation",
    "return_figures",
    "revoke_honour",
    "revoke_town_grant",
    "save_answer",
    "save_criterion",
    "save_overview",
    "send_back_to_filer",
    "set_functions",
    "split_town",
    "start_application",
    "start_simulation",
    "strike_off_town",
    "withdraw_paper",
]
