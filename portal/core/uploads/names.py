"""Names of files as they are kept and shown: one line of harmless letters with one extension."""

from __future__ import annotations

import re
import unicodedata

from portal.core.inspection.sniffing import PROGRAMS

LENGTH = 200
SHORTEST_EXTENSION = 12
NAMELESS = "未命名文件"
# Not in Windows' names, or read as something else by a shell, a spreadsheet or a header.
FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
DEVICES = re.compile(r"^(con|prn|aux|nul|clock\$|com[0-9¹²³]|lpt[0-9¹²³])$", re.IGNORECASE)
DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean_name(given: str) -> str:
    """The name of an uploaded file without path, control or direction marks and device names.

    A program's extension inside the name (``发票.exe.pdf``) loses its dot; the last one stays as it
    is and is judged by the checks. Cleaning a clean name changes nothing.
    """
    name = _cleaned(given)
    # What was an odd extension is part of the name now, and the part before it the extension.
    while (again := _cleaned(name)) != name:
        name = again
    return name


def _cleaned(given: str) -> str:
    text = unicodedata.normalize("NFC", given)
    text = text.replace("\\", "/").rpartition("/")[2]
    text = "".join(
        " " if unicodedata.category(letter) in ("Zl", "Zp", "Zs") else letter
        for letter in text
        if unicodedata.category(letter) not in DROPPED
    )
    text = re.sub(r" +", " ", FORBIDDEN.sub("_", text))
    stem, _, extension = text.strip(" .").rpartition(".")
    if not stem:
        stem, extension = extension, ""
    stem, extension = _tame(stem), extension.strip()
    if len(extension) > SHORTEST_EXTENSION:
        stem, extension = f"{stem}_{extension}", ""
    ending = f".{extension}" if extension else ""
    stem = _tame(stem[: LENGTH - len(ending)])
    return unicodedata.normalize("NFC", stem + ending)


def _tame(stem: str) -> str:
    """The part before the extension: no program's extension in it, no device, no formula."""
    parts = [part.strip() for part in stem.split(".")]
    tame = parts[0]
    for part in parts[1:]:
        tame += ("_" if part.lower() in PROGRAMS else ".") + part
    tame = tame.lstrip(" .~=+@-").rstrip(" .")  # a hidden file, or a formula in a list as xlsx
    if DEVICES.match(tame.partition(".")[0].strip()):
        tame = f"_{tame}"
    return tame or NAMELESS


def extension_of(name: str) -> str:
    """The extension of a clean name in small letters, empty when it has none."""
    stem, _, extension = name.rpartition(".")
    return extension.lower() if stem else ""
