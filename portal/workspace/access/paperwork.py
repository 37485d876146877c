"""Rows of the access matrix: 公文的拟稿、核稿、会签、签发、编号."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_ISSUER,
    BY_PUBLISHER,
    DESK,
    IN_FORCE,
    INSIDE,
    ISSUED,
    OWN,
    PUBLISHERS,
    Row,
    Sight,
)

CHECKERS = ("office_director", "office_deputy_director", "checker")
BY_CHECKER: Sight = ((CHECKERS, OWN),)
# Posts that publish or check, without the clerk: the clerk wrote the text.
BY_REGISTERER: Sight = ((CHECKERS, OWN),)
# Whoever begins a document or numbers does so for the acting office, whoever else has one.
AUTHOR: Sight = ((PUBLISHERS, IN_FORCE),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("documents", "GET", "发文登记簿", DESK),
    Row("certification-new", "GET POST", "拟写认定通知", BY_PUBLISHER, DESK),
    Row("reviews.draft_certification", "", "拟写认定通知", BY_PUBLISHER),
    Row("core.begin_document", "", "拟稿", AUTHOR),
    Row("document", "GET", "查看已印发的公文", ISSUED),
    Row("document:draft", "GET", "查看拟稿", INSIDE),
    Row("document-edit", "GET POST", "修改拟稿", BY_PUBLISHER, INSIDE),
    Row("core.revise_document", "", "修改拟稿", BY_PUBLISHER),
    Row("core.discard_document", "", "撤销拟稿", BY_PUBLISHER),
    Row("document-preview", "POST", "生成样稿", INSIDE),
    Row("core.set_cosigners", "", "设定会签机关", BY_PUBLISHER),
    Row("core.send_for_check", "", "送核稿", BY_PUBLISHER),
    Row("core.recall_document", "", "撤回公文修改", BY_PUBLISHER),
    Row("core.check_document", "", "核稿", BY_CHECKER),
    Row("core.return_for_revision", "", "核稿退回修改", BY_CHECKER),
    Row("core.cosign_document", "", "登记平台以外单位的会签结果", BY_REGISTERER),
    Row("document-issue", "GET POST", "签发、印发", BY_ISSUER, INSIDE),
    Row("core.issue_document", "", "签发、印发", BY_ISSUER),
    Row("document-file", "GET", "下载已印发的公文", ISSUED),
    Row("document-file", "POST", "重新生成版式文件", BY_ISSUER, ISSUED),
    Row("core.draft_on", "", "拟写更正、替代、撤销的公文", BY_PUBLISHER),
    Row("core.void_number", "", "作废发文字号", BY_PUBLISHER),
    Row("core.set_number_rule", "", "设定机关代字和编号方式", AUTHOR),
)
INTERNAL: tuple[Row, ...] = (
    Row("reviews.prepare_certification", "", "核对办件", caller="reviews.draft_certification"),
    Row("reviews.certify_towns", "", "印发后认定", caller="reviews.draft_certification"),
    Row("reviews.release_cases", "", "撤销拟稿后放回办件", caller="reviews.draft_certification"),
    Row("reviews.undo_certification", "", "撤销认定", caller="reviews.draft_certification"),
    Row("towns.end_certifications", "", "撤销认定", caller="reviews.draft_certification"),
    Row("core.act_on_targets", "", "更正、替代、撤销生效", caller="core.draft_on"),
    Row("core.create_document", "", "登记拟稿", caller="core.begin_document"),
    Row("core.lock_document", "", "锁定公文", caller="core.revise_document"),
    Row("core.lock_unissued", "", "锁定未印发的公文", caller="core.revise_document"),
    Row("core.enter", "", "记入公文台账", caller="core.revise_document"),
    Row("core.write_line", "", "记入发文稿纸", caller="core.check_document"),
    Row("core.take_number", "", "取发文字号", caller="core.issue_document"),
    Row("core.request_rendition", "", "生成版式文件", caller="core.issue_document"),
    Row("core.request_preview", "", "生成样稿", caller="document-preview"),
)
# fmt: on
