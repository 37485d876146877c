"""The free faces as their packages bring them, for what WeasyPrint does when it is left to itself.

They bear the families of the installed faces, so that the same HTML finds them; nothing is cut out
of them and they keep their layout tables. Fetched once into ``var/uncut-fonts``.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from django.conf import settings
from fontTools.ttLib import TTCollection

from portal.core.documents import fontsetup
from portal.core.documents.fontsources import SOURCES, Source


def config() -> Path:
    """A configuration of fontconfig that knows the uncut faces and no others."""
    directory = settings.BASE_DIR / "var" / "uncut-fonts"
    faces, done = directory / "faces", directory / "fonts.conf"
    if not done.is_file():
        shutil.rmtree(directory, ignore_errors=True)
        faces.mkdir(parents=True)
        _fetch(directory / "packages", faces)
        cache = directory / "cache"
        cache.mkdir()
        done.write_text(
            fontsetup.CONFIG.format(faces=faces, licensed=directory / "none", cache=cache)
        )
    return done


def _fetch(packages: Path, faces: Path) -> None:
    packages.mkdir()
    for package in dict.fromkeys(source.package for source in SOURCES):
        sources = [source for source in SOURCES if source.package == package]
        wanted = {source.member for source in sources}
        files = fontsetup._collect(package, wanted, set(), packages, print)
        for source in sources:
            data = fontsetup.renamed(_face(files[source.member], source), source.family)
            (faces / source.file_name).write_bytes(data)
    shutil.rmtree(packages)


def _face(data: bytes, source: Source) -> bytes:
    """One face of a collection on its own; any other file as it is."""
    if not source.collection_name:
        return data
    with TTCollection(io.BytesIO(data), lazy=True) as collection:
        for face in collection.fonts:
            if face["name"].getDebugName(1) == source.collection_name:
                written = io.BytesIO()
                face.save(written)
                return written.getvalue()
    raise RuntimeError(f"{source.member} has no {source.collection_name}")
