"""Writes of the towns app: keeping a town's truth and drafting an application.

What happens after a draft (submit, decide, return, withdraw) opens and moves a case, so it lives in
``reviews.actions``. Every write here: lock, policy, save, ledger, in one transaction.
"""

from towns.actions.contributing import (
    grant_sections,
    revoke_sections,
)
from towns.actions.drafting import (
    autosave_section,
    save_section,
)
from towns.actions.enterprise_figures import record_enterprise_figures
from towns.actions.enterprises import (
    add_member,
    amend_member,
    change_role,
    end_membership,
    rename_enterprise,
)
from towns.actions.evidence import (
    attach_evidence,
    attach_files,
    reuse_evidence,
)
from towns.actions.evidence_pieces import (
    amend_evidence,
    move_evidence,
    remove_evidence,
)
from towns.actions.extensions import (
    grant_extension,
    revoke_extension,
)
from towns.actions.figures import (
    confirm_figures,
    correct_figures,
    record_figures,
    return_figures,
)
from towns.actions.filing import (
    hand_over,
    request_relaxation,
    save_answer,
    save_overview,
    send_back_to_filer,
    start_application,
)
from towns.actions.giving_up import give_up_on_behalf
from towns.actions.granting import (
    grant_town,
    revoke_town_grant,
)
from towns.actions.handing import (
    attach_request,
    remove_request,
    sign_commitments,
)
from towns.actions.honours import (
    add_honour,
    amend_honour,
    revoke_honour,
)
from towns.actions.offline import (
    abandon_offline,
    commit_offline,
    enter_offline,
    keep_offline,
    rehearse_offline,
    start_offline,
)
from towns.actions.on_behalf import start_on_behalf
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
from towns.actions.prefilling import (
    copy_application,
    prefill_application,
)
from towns.actions.presence import note_presence
from towns.actions.quotas import set_quotas
from towns.actions.register import (
    amend_town,
    move_stage,
    register_town,
    rename_town,
)
from towns.actions.register_sections import (
    drop_typed,
    save_register_section,
)
from towns.actions.reminding import remind_towns
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
from towns.actions.slots import (
    add_slot,
    change_slot,
    copy_slots,
    move_slot,
    remove_slot,
)
from towns.actions.trials import (
    discard_trial,
    end_trial,
)

__all__ = [
    "abandon_offline",
    "add_honour",
    "add_member",
    "add_paper",
    "add_platform",
    "add_slot",
    "amend_evidence",
    "amend_honour",
    "amend_member",
    "amend_platform",
    "amend_town",
    "assess_round",
    "attach_evidence",
    "attach_files",
    "attach_request",
    "attach_source",
    "autosave_section",
    "certify_town",
    "change_role",
    "change_slot",
    "commit_offline",
    "confirm_figures",
    "copy_application",
    "copy_slots",
    "correct_figures",
    "discard_trial",
    "drop_typed",
    "end_certifications",
    "end_membership",
    "end_platform",
    "end_trial",
    "enter_offline",
    "freeze_application",
    "give_up_on_behalf",
    "grant_extension",
    "grant_sections",
    "grant_town",
    "hand_over",
    "keep_offline",
    "merge_towns",
    "move_evidence",
    "move_slot",
    "move_stage",
    "note_presence",
    "open_round",
    "prefill_application",
    "record_enterprise_figures",
    "record_figures",
    "register_town",
    "rehearse_offline",
    "remind_towns",
    "remove_evidence",
    "remove_request",
    "remove_slot",
    "rename_enterprise",
    "rename_town",
    "request_relaxation",
    "return_figures",
    "reuse_evidence",
    "revoke_extension",
    "revoke_honour",
    "revoke_sections",
    "revoke_town_grant",
    "save_answer",
    "save_overview",
    "save_register_section",
    "save_section",
    "send_back_to_filer",
    "set_functions",
    "set_quotas",
    "sign_commitments",
    "split_town",
    "start_application",
    "start_offline",
    "start_on_behalf",
    "start_simulation",
    "strike_off_town",
    "withdraw_paper",
]
