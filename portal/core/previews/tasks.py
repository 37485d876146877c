"""The job that makes page images."""

from __future__ import annotations

from typing import Any

from portal.core import jobs
from portal.core.models import StoredFile
from portal.core.previews.making import make_pages


@jobs.handler("core.preview_file")
def preview_file(run: jobs.Run) -> dict[str, Any]:
    """Page images of one stored file; the pages that are there already are left alone."""
    stored = StoredFile.objects.get(pk=run.job.arguments["file"])
    return {"pages": make_pages(run, stored)}
