"""The process that looks into one file: ``python -I child.py EXTENSION < file``, answers in JSON.

Its limits are set before anything of the file is read; whatever goes wrong in here ends in here.
"""

from __future__ import annotations

import json
import mmap
import os
import resource
import sys
from pathlib import Path

CPU_SECONDS = 20
MEMORY = 1_536 * 1024 * 1024


def limit() -> None:
    """No more time and memory than an honest file needs; no file is written."""
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def main(extension: str) -> dict[str, object]:
    """The verdict on standard input."""
    # Run by its path with -I: the folder of the project is not on the path by itself.
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from portal.core.inspection.outcome import Unfit

    size = os.fstat(0).st_size
    with mmap.mmap(0, size, access=mmap.ACCESS_READ) as mapped:
        content = memoryview(mapped)
        try:
            found = _inspect(content, extension)
        except Unfit as unfit:
            return {"problem": unfit.key, "details": unfit.details}
        finally:
            content.release()
    return {"flags": sorted(found.flags), "pages": found.pages}


def _inspect(content, extension):  # type: ignore[no-untyped-def] # names of its types come late
    """Each kind brings its own libraries: only those of the file's own kind are loaded."""
    # ruff: noqa: PLC0415 (see above)
    if extension == "pdf":
        from portal.core.inspection import pdf

        return pdf.inspect(content)
    if extension in ("docx", "xlsx", "pptx"):
        from portal.core.inspection import office

        return office.inspect(content, extension)
    if extension in ("doc", "xls", "ppt"):
        from portal.core.inspection import compound

        return compound.inspect(content, extension)
    from portal.core.inspection import images

    return images.inspect(content, extension)


if __name__ == "__main__":
    limit()
    json.dump(main(sys.argv[1]), sys.stdout)
    sys.stdout.flush()
    # Freeing what a damaged file has left behind may crash; there is nothing to save any more.
    os._exit(0)
