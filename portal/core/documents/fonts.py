"""The fonts of official documents at run time: where they are, their stacks, their metrics.

``fontsetup`` puts the faces into the font directory and writes ``manifest.json`` and
``fonts.conf`` beside them; this module only reads those. Fontconfig reads ``FONTCONFIG_FILE`` once,
when it is first loaded, so ``activate()`` has to run before WeasyPrint is imported.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import uharfbuzz
from django.conf import settings

# Raise when the faces, the repertoire or the layout of the font directory change.
FORMAT: Final = 4

FANGSONG: Final = "fangsong"
KAITI: Final = "kaiti"
XIAOBIAOSONG: Final = "xiaobiaosong"
HEITI: Final = "heiti"
SONGTI: Final = "songti"

ROLE_NAMES: Final[Mapping[str, str]] = {
    FANGSONG: "仿宋",
    KAITI: "楷体",
    XIAOBIAOSONG: "小标宋",
    HEITI: "黑体",
    SONGTI: "宋体",
}

LICENSED: Final = "licensed"
FONT_SUFFIXES: Final = (".ttf", ".otf", ".ttc")

NOT_INSTALLED = "公文字体尚未安装，请先运行 python manage.py install_fonts"
TOO_LATE = (
    "公文字体配置未能生效:排版库在设置字体目录之前已被加载。"
    "请确认进程中只通过公文引擎生成 PDF,并重新启动服务"
)


class FontsUnavailableError(RuntimeError):
    """The document fonts are not installed or cannot be used; the message is for people."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a stack: its own family name, its file, its index inside a collection."""

    role: str
    family: str
    path: Path
    index: int = 0

    @property
    def licensed(self) -> bool:
        """Whether it is one of the office's own."""
        return self.path.parent.name == LICENSED

    @property
    def label(self) -> str:
        """Family and kind, as the system check and the list of faces name it."""
        return f"{self.family}（{'本单位正版' if self.licensed else '免费替代'}）"


def font_dir() -> Path:
    return Path(settings.PORTAL_FONT_DIR).expanduser().resolve()


def licensed_dir() -> Path:
    """The office's own licensed fonts; they come first in every stack."""
    return font_dir() / LICENSED


def manifest_path() -> Path:
    return font_dir() / "manifest.json"


def config_path() -> Path:
    return font_dir() / "fonts.conf"


def installed() -> bool:
    """True when the manifest is of this version and every face it names is there."""
    try:
        return all(face.path.is_file() for faces in _stacks(font_dir()).values() for face in faces)
    except FontsUnavailableError:
        return False


def licensed_files() -> list[Path]:
    """The font files that the office has put into its folder."""
    folder = licensed_dir()
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in FONT_SUFFIXES)


def not_taken_up() -> list[str]:
    """Names of licensed files that came, went or changed since the fonts were set up."""
    manifest = json.loads(manifest_path().read_text(encoding="utf-8"))
    known = {(name, size) for name, size, _ in manifest["licensed"]}
    present = {(path.name, path.stat().st_size) for path in licensed_files()}
    return sorted({name for name, _ in known ^ present})


def forget() -> None:
    """Drop what was read from the font directory (after an installation)."""
    _stacks.cache_clear()
    _open_face.cache_clear()
    _glyphs.clear()


@cache
def _stacks(directory: Path) -> Mapping[str, tuple[Face, ...]]:
    try:
        manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FontsUnavailableError(NOT_INSTALLED) from error
    # The configuration holds absolute paths: a copied font directory has to be set up again.
    wanted = (FORMAT, str(directory))
    found = (manifest.get("format"), manifest.get("directory"))
    if found != wanted or not (directory / "fonts.conf").is_file():
        raise FontsUnavailableError(NOT_INSTALLED)
    return {
        role: tuple(
            Face(role, entry["family"], directory / entry["file"], entry["index"])
            for entry in manifest["stacks"][role]
        )
        for role in ROLE_NAMES
    }


def stack(role: str) -> tuple[Face, ...]:
    """The faces of a role, in the order in which they are asked for a character."""
    return _stacks(font_dir())[role]


def css_family(face: Face) -> str:
    """The family as a CSS string. It goes into a style element unescaped, so nothing that could
    end the string or the element stays in it."""
    kept = "".join(char for char in face.family if char not in "\"'\\<>&{};\n\r")
    return f'"{kept}"'


def css_families(role: str) -> str:
    return ", ".join(css_family(face) for face in stack(role))


def activate() -> None:
    """Point fontconfig at the private configuration. Call before importing WeasyPrint."""
    wanted = str(config_path())
    if os.environ.get("FONTCONFIG_FILE") == wanted:
        return
    if "weasyprint" in sys.modules:
        raise FontsUnavailableError(TOO_LATE)
    if not installed():
        raise FontsUnavailableError(NOT_INSTALLED)
    os.environ["FONTCONFIG_FILE"] = wanted


@cache
def _open_face(path: Path, index: int) -> uharfbuzz.Font:
    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)), index))


_glyphs: dict[tuple[str, str], tuple[int, float] | None] = {}


def glyph(role: str, char: str) -> tuple[int, float] | None:
    """Position in the stack of the face that has ``char``, and its width in em; None if none."""
    key = (role, char)
    try:
        return _glyphs[key]
    except KeyError:
        found: tuple[int, float] | None = None
    for position, face in enumerate(stack(role)):
        font = _open_face(face.path, face.index)
        glyph_id = font.get_nominal_glyph(ord(char))
        if glyph_id:
            found = (position, font.get_glyph_h_advance(glyph_id) / font.face.upem)
            break
    _glyphs[key] = found
    return found
