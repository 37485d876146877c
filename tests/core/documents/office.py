"""Opens docx files in LibreOffice, which is slow to start: many files in one run."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from portal.core.documents import fonts
from portal.core.documents.docx.markup import FACES

CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{faces}</dir><cachedir>{cache}</cachedir>{aliases}</fontconfig>
"""
ALIAS = '<match target="pattern"><test name="family"><string>{name}</string></test>{edits}</match>'
EDIT = '<edit name="family" mode="{mode}" binding="same"><string>{family}</string></edit>'


def font_config(folder: Path) -> Path:
    """The document fonts under the names that the files ask for."""
    aliases = ""
    for role, name in FACES.items():
        stack = fonts.stack(role)
        edits = "".join(
            EDIT.format(mode="append" if number else "assign", family=escape(face.family))
            for number, face in enumerate(stack)
        )
        aliases += ALIAS.format(name=name, edits=edits)
    path = folder / "fonts.conf"
    faces = escape(str(fonts.font_dir() / "faces"))
    path.write_text(
        CONFIG.format(faces=faces, cache=escape(str(folder / "cache")), aliases=aliases),
        encoding="utf-8",
    )
    return path


def opened(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """Each file as LibreOffice prints it."""
    for name, data in files.items():
        (folder / f"{name}.docx").write_bytes(data)
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(folder),
            *(str(folder / f"{name}.docx") for name in files),
        ],
        env={**os.environ, "FONTCONFIG_FILE": str(font_config(folder)), "HOME": str(folder)},
        check=True,
        capture_output=True,
        timeout=120,
    )
    return {name: (folder / f"{name}.pdf").read_bytes() for name in files}
