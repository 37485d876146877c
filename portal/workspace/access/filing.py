"""Rows of the access matrix: 批次; 申报."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_FILER,
    BY_HANDLER,
    BY_PUBLISHER,
    BY_SUBMITTER,
    CALL,
    CALLED,
    DESK,
    DRAFT,
    FILER,
    STARTS,
    SUBMITTED,
    Row,
)

# fmt: off
ROUNDS: tuple[Row, ...] = (
    Row("rounds", "GET", "申报批次列表", DESK),
    Row("round", "GET", "查看申报批次", CALL),
    Row("round-new", "GET POST", "设立申报批次", BY_PUBLISHER, DESK),
    Row("towns.open_round", "", "设立本机构的申报批次", BY_PUBLISHER),
    Row("round-assess", "POST", "重新评定本批次的申报", BY_PUBLISHER, CALL),
    Row("towns.assess_round", "", "重新评定本批次的申报", BY_PUBLISHER),
)
APPLICATIONS: tuple[Row, ...] = (
    Row("applications", "GET", "我的申报列表", DESK),
    Row("application-start", "GET POST", "发起申报", ((FILER, CALLED),), STARTS),
    Row("towns.start_application", "", "发起申报", BY_FILER),
    Row("application", "GET", "查看填报中的申报", DRAFT),
    Row("application:submitted", "GET", "查看已提交的申报", SUBMITTED),
    Row("application-overview", "GET", "查看基本情况", DRAFT),
    Row("application-overview", "POST", "填写基本情况", BY_FILER, DRAFT),
    Row("towns.save_overview", "", "保存基本情况", BY_FILER),
    Row("application-criterion", "GET", "查看逐条填写的内容", DRAFT),
    Row("application-criterion", "POST", "逐条填写", BY_FILER, DRAFT),
    Row("towns.save_answer", "", "保存情况说明", BY_FILER),
    Row("towns.request_relaxation", "", "申请放宽", BY_FILER),
    Row("towns.attach_evidence", "", "上传佐证材料", BY_FILER),
    Row("towns.attach_files", "", "一次上传几份佐证材料", BY_FILER),
    Row("evidence-file", "GET", "下载填报中的佐证材料", DRAFT),
    Row("evidence-remove", "GET POST", "删除佐证材料", BY_FILER, DRAFT),
    Row("towns.remove_evidence", "", "删除佐证材料", BY_FILER),
    Row("application-check", "GET", "核对全部内容", DRAFT),
    Row("application-explanation", "GET", "评定说明", DRAFT),
    Row("application-hand-over", "GET", "回到核对页", DRAFT),
    Row("application-hand-over", "POST", "送提交人", BY_FILER, DRAFT),
    Row("application-request", "GET", "回到核对页的申报请示", DRAFT),
    Row("application-request", "POST", "上传、更换申报请示", BY_FILER, DRAFT),
    Row("application-request-remove", "GET POST", "移除申报请示", BY_FILER, DRAFT),
    Row("application-commitments", "GET", "回到核对页的承诺", DRAFT),
    Row("application-commitments", "POST", "作出承诺", BY_FILER, DRAFT),
    Row("towns.attach_request", "", "上传申报请示", BY_FILER),
    Row("towns.remove_request", "", "移除申报请示", BY_FILER),
    Row("towns.sign_commitments", "", "作出承诺", BY_FILER),
    Row("towns.hand_over", "", "送提交人", BY_FILER),
    Row("application-send-back", "GET POST", "退回填报", DRAFT),
    Row("towns.send_back_to_filer", "", "退回填报", DRAFT),
    Row("application-submit", "GET", "核对提交页", DRAFT),
    Row("application-submit", "POST", "提交申报", BY_SUBMITTER, DRAFT),
    Row("reviews.submit_application", "", "提交申报", BY_SUBMITTER),
    Row("reviews.submit_on_trial", "", "试运行：提交申报", BY_HANDLER),
    Row("application-receipt", "GET", "受理回执", SUBMITTED),
)
# fmt: on
