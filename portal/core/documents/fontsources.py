"""The free faces, the packages they come from, their licences, and the names of licensed fonts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.core.documents import fonts

FANDOL: Final = "texlive-lang-chinese"
WENKAI: Final = "fonts-lxgw-wenkai"
NOTO: Final = "fonts-noto-cjk"

_FANDOL_DIR = "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"
_WENKAI_DIR = "usr/share/fonts/truetype/lxgw-wenkai"
_NOTO_DIR = "usr/share/fonts/opentype/noto"


@dataclass(frozen=True, slots=True)
class Source:
    """A free face: where it comes from and what it becomes."""

    role: str
    family: str
    package: str
    member: str
    collection_name: str = ""

    @property
    def file_name(self) -> str:
        return self.family.replace(" ", "") + Path(self.member).suffix.replace(".ttc", ".otf")


SOURCES: Final = (
    Source(fonts.FANGSONG, "Gongwen FangSong", FANDOL, f"{_FANDOL_DIR}/FandolFang-Regular.otf"),
    Source(
        fonts.FANGSONG,
        "Gongwen FangSong Supplement",
        WENKAI,
        f"{_WENKAI_DIR}/LXGWWenKai-Light.ttf",
    ),
    Source(fonts.KAITI, "Gongwen KaiTi", FANDOL, f"{_FANDOL_DIR}/FandolKai-Regular.otf"),
    Source(
        fonts.KAITI, "Gongwen KaiTi Supplement", WENKAI, f"{_WENKAI_DIR}/LXGWWenKai-Regular.ttf"
    ),
    Source(
        fonts.XIAOBIAOSONG,
        "Gongwen XiaoBiaoSong",
        FANDOL,
        f"{_FANDOL_DIR}/FandolSong-Bold.otf",
    ),
    Source(
        fonts.XIAOBIAOSONG,
        "Gongwen XiaoBiaoSong Supplement",
        NOTO,
        f"{_NOTO_DIR}/NotoSerifCJK-Bold.ttc",
        "Noto Serif CJK SC",
    ),
    Source(
        fonts.HEITI,
        "Gongwen HeiTi",
        NOTO,
        f"{_NOTO_DIR}/NotoSansCJK-Regular.ttc",
        "Noto Sans CJK SC",
    ),
    Source(fonts.SONGTI, "Gongwen SongTi", FANDOL, f"{_FANDOL_DIR}/FandolSong-Regular.otf"),
    Source(
        fonts.SONGTI,
        "Gongwen SongTi Supplement",
        NOTO,
        f"{_NOTO_DIR}/NotoSerifCJK-Regular.ttc",
        "Noto Serif CJK SC",
    ),
)

LICENCES: Final[Mapping[str, tuple[str, ...]]] = {
    FANDOL: (
        "usr/share/doc/texlive-doc/fonts/fandol/COPYING.gz",
        "usr/share/doc/texlive-doc/fonts/fandol/README",
    ),
    WENKAI: ("usr/share/doc/fonts-lxgw-wenkai/copyright",),
    NOTO: ("usr/share/doc/fonts-noto-cjk/copyright",),
}

# Family, full or PostScript names by which an office's licensed fonts are known, best first.
LICENSED_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    fonts.FANGSONG: (
        "仿宋_GB2312", "FangSong_GB2312", "方正仿宋_GBK", "FZFangSong-Z02", "FZFSK--GBK1-0",
        "仿宋", "FangSong", "STFangsong", "华文仿宋",
    ),
    fonts.KAITI: (
        "楷体_GB2312", "KaiTi_GB2312", "方正楷体_GBK", "FZKai-Z03", "FZKTK--GBK1-0",
        "楷体", "KaiTi", "STKaiti", "华文楷体",
    ),
    fonts.XIAOBIAOSONG: (
        "方正小标宋_GBK", "FZXiaoBiaoSong-B05", "FZXBSK--GBK1-0", "方正小标宋简体",
        "FZXiaoBiaoSong-B05S", "FZXBSJW--GB1-0", "小标宋体",
    ),
    fonts.HEITI: ("黑体", "SimHei", "方正黑体_GBK", "FZHei-B01", "FZHTK--GBK1-0", "华文黑体"),
    fonts.SONGTI: (
        "宋体", "SimSun", "NSimSun", "新宋体", "方正书宋_GBK", "FZShuSong-Z01", "华文宋体",
    ),
}  # fmt: skip
