"""Rows of the access matrix: 列表、视图、导出."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    FILER,
    IN_FORCE,
    KEEPERS,
    LAW,
    OFFICE,
    OWN,
    POSTS,
    Kinds,
    Row,
)

WORKERS: Kinds = tuple(kind for kind in POSTS if kind not in KEEPERS)

# fmt: off
ROWS: tuple[Row, ...] = (
    # Every list holds what one sees; a view belongs to the post that saved it.
    Row("list-export", "POST", "导出列表", ((OFFICE + FILER, IN_FORCE),), LAW),
    Row("view-save", "GET POST", "保存常用视图", ((WORKERS, IN_FORCE),), LAW),
    Row("core.save_view", "", "保存常用视图", ((WORKERS, IN_FORCE),)),
    Row("view-delete", "GET POST", "删除常用视图", ((("clerk",), OWN),),
        (((*OFFICE, "expert", *KEEPERS), OWN),)),
    Row("core.delete_view", "", "删除常用视图", ((("clerk",), OWN),)),
)
# fmt: on
