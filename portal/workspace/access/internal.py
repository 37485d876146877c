"""Rows of the access matrix: 系统内部."""

from __future__ import annotations

from portal.workspace.access import batches, consulting, documents, paperwork, shortlists, word
from portal.workspace.access.kinds import Row

# fmt: off
ROWS: tuple[Row, ...] = (
    *paperwork.INTERNAL,
    *documents.INTERNAL,
    *batches.INTERNAL,
    *word.INTERNAL,
    *consulting.INTERNAL,
    *shortlists.INTERNAL,
    Row("reviews.lock_case", "", "锁定办件", caller="reviews.decide_step"),
    Row("reviews.lock_cases", "", "锁定多个办件", caller="reviews.draft_certification"),
    Row("reviews.move_case", "", "办件流转", caller="reviews.decide_step"),
    Row("reviews.finish_run", "", "结束环节", caller="reviews.move_case"),
    Row("towns.freeze_application", "", "冻结申报", caller="reviews.apply_effect"),
    Row("reviews.lock_visit", "", "锁定现场核查", caller="reviews.record_visit"),
    Row("towns.certify_town", "", "登记认定", caller="reviews.draft_certification"),
    Row("reviews.tell_of_submission", "", "通知受理机构和填报单位",
        caller="reviews.submit_application"),
    Row("towns.ask_correction", "", "列出补正的内容", caller="reviews.move_case"),
    Row("towns.keep_typed", "", "记下填写的内容", caller="towns.autosave_section"),
    Row("towns.looked_into", "", "检查上传的材料", caller="towns.attach_files"),
    Row("towns.attach_looked", "", "加入检查过的材料", caller="towns.attach_files"),
    Row("towns.require_place", "", "材料可以加入的条款", caller="towns.attach_evidence"),
    Row("towns.lock_place", "", "锁定材料所在的条款", caller="towns.reuse_evidence"),
    Row("towns.touch", "", "记下最近保存", caller="towns.remove_evidence"),
    Row("towns.runs_of", "", "本岗位上传的申报表格", caller="towns.start_offline"),
    Row("towns.maintained", "", "锁定专业镇", caller="towns.end_membership"),
    Row("towns.enter_stage", "", "记入培育阶段", caller="towns.move_stage"),
    Row("towns.enter_change", "", "记入专业镇沿革", caller="towns.rename_town"),
    Row("towns.enter_in_ledger", "", "记入台账", caller="towns.rename_town"),
    Row("criteria.draft_to_change", "", "锁定标准草稿", caller="criteria.propose_criteria_set"),
    Row("criteria.touch", "", "记下最近修改人", caller="criteria.add_criterion"),
    Row("criteria.note_editor", "", "记下参与编制的人", caller="criteria.copy_criteria_set"),
    Row("criteria.begun_alone", "", "本人未改动的草稿", caller="criteria.copy_criteria_set"),
    Row("core.importer_for", "", "导入的规则，含上传时选择的专业镇", caller="core.start_import"),
    Row("core.begin_office", "", "设立三员（运维命令）", caller="create_administrators"),
    Row("core.enter_change", "", "登记机构变更", caller="core.merge_offices"),
    Row("core.enter_in_ledger", "", "记入台账", caller="core.add_unit"),
)
# fmt: on
