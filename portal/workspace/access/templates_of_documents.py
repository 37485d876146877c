"""Rows of the access matrix: 公文模板、拟写公文、样稿."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_PUBLISHER,
    DESK,
    IN_FORCE,
    OFFICE,
    OWN,
    POSTS,
    PUBLISHERS,
    Row,
    Sight,
)

# Whoever words does so for the acting office, whoever else has a template of that kind.
AUTHOR: Sight = ((PUBLISHERS, IN_FORCE),)
ANYBODY: Sight = ((POSTS, IN_FORCE),)
INSIDE: Sight = ((OFFICE, OWN),)
# A look at what is typed belongs to the post that typed it.
TYPIST: Sight = ((("clerk",), OWN),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("document-templates", "GET", "公文模板列表", BY_PUBLISHER, DESK),
    Row("template-kind", "GET POST", "一种公文的模板；起草新版本", AUTHOR, ANYBODY),
    Row("core.draft_template", "", "起草模板", AUTHOR),
    Row("template-version", "GET", "查看模板的一个版本", BY_PUBLISHER, INSIDE),
    Row("template-version", "POST", "启用、撤销模板草稿", BY_PUBLISHER, INSIDE),
    Row("template-edit", "GET POST", "修改模板草稿", BY_PUBLISHER, INSIDE),
    Row("core.revise_template", "", "修改模板草稿", BY_PUBLISHER),
    Row("core.put_template_in_use", "", "启用模板", BY_PUBLISHER),
    Row("core.discard_template", "", "撤销模板草稿", BY_PUBLISHER),
    Row("document-new", "GET POST", "拟写公文", BY_PUBLISHER, DESK),
    Row("document-sample", "GET", "查看样稿的排印进度", TYPIST),
)
# fmt: on
