"""Rows of the access matrix: 文件和上传."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    DESK,
    EVIDENCE,
    FILER,
    IN_FORCE,
    KEEPERS,
    LAW,
    OWN,
    POSTS,
    Kinds,
    Row,
    Sight,
)

UPLOADER: Sight = ((FILER, OWN),)
SENDERS: Kinds = tuple(kind for kind in POSTS if kind not in KEEPERS)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("file-preview", "GET", "预览文件", EVIDENCE),
    Row("file-preview", "POST", "重新生成预览", EVIDENCE),
    Row("file-page", "GET", "查看预览的一页", EVIDENCE),
    Row("file-download", "GET", "下载文件", EVIDENCE),
    Row("uploads", "POST", "开始分段上传", ((SENDERS, OWN),), DESK),
    Row("upload", "GET", "查看本人一次上传的进度", UPLOADER),
    Row("upload-append", "POST", "续传下一段", UPLOADER),
    Row("upload-finish", "POST", "完成上传", UPLOADER),
    Row("upload-remove", "POST", "取消上传", UPLOADER),
    Row("core.begin_upload", "", "开始分段上传", ((SENDERS, IN_FORCE),), LAW),
    Row("core.append_chunk", "", "续传下一段", UPLOADER),
    Row("core.finish_upload", "", "完成上传", UPLOADER),
    Row("core.drop_upload", "", "取消上传", UPLOADER),
    Row("core.take_upload", "", "把传完的文件加入表单", UPLOADER),
    Row("core.take_uploads", "", "把传完的几份文件加入表单", UPLOADER),
)
# fmt: on
