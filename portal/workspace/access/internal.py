"""Rows of the access matrix: 系统内部."""

from __future__ import annotations

from portal.workspace.access import batches, documents, paperwork, word
from portal.workspace.access.kinds import Row

# fmt: off
ROWS: tuple[Row, ...] = (
    *paperwork.INTERNAL,
    *documents.INTERNAL,
    *batches.INTERNAL,
    *word.INTERNAL,
    Row("reviews.lock_case", "", "锁定办件", caller="reviews.decide_step"),
    Row("reviews.lock_cases", "", "锁定多个办件", caller="reviews.draft_certification"),
    Row("reviews.move_case", "", "办件流转", caller="reviews.decide_step"),
    Row("reviews.finish_run", "", "结束环节", caller="reviews.move_case"),
    Row("towns.freeze_application", "", "冻结申报", caller="reviews.move_case"),
    Row("towns.certify_town", "", "登记认定", caller="reviews.draft_certification"),
    Row("towns.maintained", "", "锁定专业镇", caller="towns.end_membership"),
    Row("towns.enter_stage", "", "记入培育阶段", caller="towns.move_stage"),
    Row("towns.enter_change", "", "记入专业镇沿革", caller="towns.rename_town"),
    Row("towns.enter_in_ledger", "", "记入台账", caller="towns.rename_town"),
    Row("criteria.draft_to_change", "", "锁定标准草稿", caller="criteria.propose_criteria_set"),
    Row("criteria.touch", "", "记下最近修改人", caller="criteria.add_criterion"),
    Row("criteria.note_editor", "", "记下参与编制的人", caller="criteria.copy_criteria_set"),
    Row("criteria.begun_alone", "", "本人未改动的草稿", caller="criteria.copy_criteria_set"),
    Row("core.begin_office", "", "设立三员（运维命令）", caller="create_administrators"),
    Row("core.enter_change", "", "登记机构变更", caller="core.merge_offices"),
    Row("core.enter_in_ledger", "", "记入台账", caller="core.add_unit"),
)
# fmt: on
