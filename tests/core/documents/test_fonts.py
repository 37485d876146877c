"""Fonts: set-up, stacks, coverage."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command, load_command_class
from django.core.management.base import SystemCheckError
from fontTools.ttLib import TTFont

from portal.core.documents import charset, checks, coverage, fonts, fontsetup
from portal.core.documents.content import Attachment, Paragraph, People
from portal.core.documents.fontsources import SOURCES
from portal.core.documents.typesetting import missing_glyphs
from tests.core.documents.pdf import MM, fonts_of, open_pdf, pieces
from tests.core.documents.samples import BODY, sample

INSTALLED = settings.PORTAL_FONT_DIR


@pytest.fixture
def other_font_dir(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.PORTAL_FONT_DIR = tmp_path / "fonts"
    fonts.forget()
    yield tmp_path / "fonts"
    fonts.forget()


def test_every_character_of_the_national_table_is_in_the_repertoire() -> None:
    # 通用规范汉字表: 8,105 characters, 276 of them outside GBK.
    assert len(set(charset.TABLE_BEYOND_GBK)) == 276
    for char in charset.TABLE_BEYOND_GBK:
        with pytest.raises(UnicodeEncodeError):
            char.encode("gbk")
        assert ord(char) in charset.repertoire()
    assert all(ord(char) in charset.repertoire() for char in "贠祎珺喆旻昇堃犇暐镕頔翀赟媺㎡①—〔〕")


@pytest.mark.parametrize("role", fonts.ROLE_NAMES)
def test_every_role_has_a_glyph_for_the_table_and_for_shanxi_names(role: str) -> None:
    text = charset.TABLE_BEYOND_GBK + "䶮垚燚㛃晋城泽州陵川沁水阳城高平应县蒲县洪洞隰县㎡①〔〕—"
    assert coverage.missing([coverage.Piece(role, "标题", text)]) == []


def test_a_second_set_up_does_nothing_and_is_quick() -> None:
    started = monotonic()
    assert fontsetup.install(lambda text: None) is False
    assert monotonic() - started < 0.3


def test_every_face_has_a_family_of_its_own_that_fontconfig_resolves() -> None:
    families = [source.family for source in SOURCES]
    assert len(set(families)) == len(families)
    for source in SOURCES:
        answer = subprocess.run(
            ["fc-match", "-f", "%{family}", source.family],
            env={"FONTCONFIG_FILE": str(fonts.config_path()), "PATH": "/usr/bin:/bin"},
            check=True,
            capture_output=True,
            text=True,
        )
        assert answer.stdout == source.family


def test_licences_stand_beside_the_faces() -> None:
    names = {path.name for path in (fonts.font_dir() / "licences").iterdir()}
    assert {source.package for source in SOURCES} <= {
        next((source.package for source in SOURCES if name.startswith(source.package)), "")
        for name in names
    }


RARE = "😀"


def test_a_missing_glyph_is_named_with_its_place_and_what_to_do() -> None:
    rows = (("1", f"隰县{RARE}镇专业镇", "隰县"), ("2", "安泽县连翘专业镇", "安泽县"))
    names = Attachment("第一批名单", ("序号", "名称", "县"), (1, 4, 2), rows)
    people = Attachment(f"评审专家{RARE}名单", ("序号", "姓名", "县"), (1, 4, 2), rows[1:])
    long = "各县要切实履行主体责任，" * 3 + f"请贠{RARE}同志牵头，" + "报领导小组办公室。" * 3
    content = sample(
        attachments=(names, people),
        signatories=(f"某某{RARE}局",),
        paragraphs=(*BODY[:2], Paragraph("heading2", "（一）扶持。", long)),
        people=(People("出席", f"张{RARE}"),),
    )
    found = missing_glyphs(content)
    assert [(row.where, row.context) for row in found] == [
        ("正文第3段", f"行主体责任，请贠{RARE}同志牵头，报领导"),
        ("出席人员名单", f"张{RARE}"),
        ("附件1第1行", f"隰县{RARE}镇专业镇"),
        ("附件2标题", f"评审专家{RARE}名单"),
        ("署名", f"某某{RARE}局"),
    ]
    assert found[2].message == (
        f"附件1第1行“隰县{RARE}镇专业镇”中的“{RARE}”字在仿宋字体中缺字（U+1F600），"
        "请改用通用字形，或者由管理员安装含有该字的正版字体"
    )
    # A town further down is told as well, not only the first one with that character.
    both = replace(names, rows=(rows[0], ("2", f"安泽县{RARE}专业镇", "安泽县")))
    wheres = [row.where for row in missing_glyphs(sample(attachments=(both,)))]
    assert wheres == ["附件第1行", "附件第2行"]


def test_every_text_of_a_document_is_asked_for() -> None:
    content = sample(
        organs=(f"甲{RARE}局", f"乙{RARE}局"), secrecy=f"密{RARE}", urgency=f"急{RARE}",
        signers=(f"贠{RARE}",), title=f"关于{RARE}的通知", number=f"晋{RARE}〔2026〕1号",
        addressees=f"主{RARE}送", note=f"附{RARE}注", copy_to="𠮷省办公室",
        printed_by=f"印{RARE}发", seal_hint=f"用{RARE}印",
    )  # fmt: skip
    found = missing_glyphs(content)
    assert [row.char for row in found if row.where == "抄送"] == ["𠮷"]
    assert {row.where for row in found} == {
        "发文机关标志", "标题", "发文字号", "密级", "紧急程度", "签发人", "主送机关", "用印处",
        "附注", "抄送", "印发机关",
    }  # fmt: skip
    assert missing_glyphs(sample()) == []


def test_names_with_rare_characters_have_a_glyph_in_every_face() -> None:
    for role in fonts.ROLE_NAMES:
        assert coverage.missing([coverage.Piece(role, "名单", "隰垚贠㛃喆昇堃犇暐镕頔翀赟")]) == []


def test_invisible_characters_are_dropped_and_not_reported() -> None:
    assert charset.clean_text("\ufeff陵川\u200b县\t专业镇\r\n") == "陵川县 专业镇"
    assert coverage.missing([coverage.Piece(fonts.FANGSONG, "标题", "陵\u200b川\x07县")]) == []


def test_without_fonts_the_check_and_the_engine_say_what_to_run(
    other_font_dir: Path, capsys: Any
) -> None:
    assert not fonts.installed()
    assert [message.id for message in checks.documents_can_be_made(None)] == ["documents.W001"]
    assert [message.id for message in checks.faults()] == ["documents.E001"]
    with pytest.raises(fonts.FontsUnavailableError, match="install_fonts"):
        missing_glyphs(sample(paragraphs=BODY))
    with pytest.raises(CommandError, match="公文字体尚未安装"):
        call_command("fonts")
    assert "install_fonts" in capsys.readouterr().err
    for command in ("serve", "check"):
        with pytest.raises((CommandError, SystemCheckError), match=r"documents\.E001"):
            call_command(command, **({"deploy": True} if command == "check" else {}))


@pytest.mark.parametrize("gone", ["fonts", "library"])
def test_a_worker_that_cannot_make_documents_does_not_start(tmp_path: Path, gone: str) -> None:
    # The loader refuses the library to this process alone.
    code = (
        "import ctypes, sys\n"
        "real = ctypes.CDLL.__init__\n"
        "def load(self, name, *args, **named):\n"
        "    if 'harfbuzz-subset' in str(name):\n"
        "        raise OSError(name)\n"
        "    real(self, name, *args, **named)\n"
        f"{'ctypes.CDLL.__init__ = load' if gone == 'library' else ''}\n"
        "sys.argv = ['celery', '-q', '-A', 'portal.config', 'worker', '--pool', 'solo']\n"
        "from celery.__main__ import main\n"
        "main()\n"
    )
    directory = tmp_path if gone == "fonts" else fonts.font_dir()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PORTAL_FONT_DIR": str(directory)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode != 0
    assert {"fonts": "documents.E001", "library": "documents.E002"}[gone] in done.stderr


def test_without_the_fast_cutter_every_command_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "HARFBUZZ_SUBSET_NAMES", ("libharfbuzz-not-there.so.0",))
    with pytest.raises(SystemCheckError, match="libharfbuzz-subset0"):
        call_command("check")
    with pytest.raises(CommandError, match="libharfbuzz-subset"):
        call_command("fonts")
    # The fonts can still be set up.
    assert load_command_class("portal.core", "install_fonts").requires_system_checks == []
    call_command("install_fonts")


def test_the_check_and_the_command_name_every_face(capsys: Any) -> None:
    assert checks.documents_can_be_made(None) == []
    assert checks.faults() == []
    [said] = checks.faces_of_documents(None)
    call_command("fonts")
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    for source in SOURCES:
        name = fonts.ROLE_NAMES[source.role]
        assert source.family in said.msg and f"{name}：" in said.msg
        assert [name, source.family, "免费替代"] in [line[:3] for line in lines]
    assert all(Path(line[3]).is_file() for line in lines)


def test_a_failed_download_says_what_to_do(
    other_font_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    # An apt-get that knows no package, as on a machine whose index was never fetched.
    tool = tmp_path / "bin" / "apt-get"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho 'E: Unable to locate package' >&2\nexit 100\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:/usr/bin:/bin")
    with pytest.raises(CommandError, match="apt-get update"):
        call_command("install_fonts")
    assert "下载软件包" in capsys.readouterr().out
    assert not fonts.installed()


# What a licensed face may be like: its em box stands elsewhere than those of the free faces.
LICENSED = {
    "仿宋_GB2312": ("GongwenFangSong.otf", (0.859, -0.141, 0.0)),
    "楷体_GB2312": ("GongwenKaiTi.otf", (0.859, -0.141, 0.0)),
    "方正小标宋_GBK": ("GongwenXiaoBiaoSong.otf", (1.05, -0.3, 0.1)),
}


@pytest.fixture
def with_licensed(other_font_dir: Path, settings: Any) -> Path:
    """The installed free faces, and copies of three under names of licensed fonts."""
    settings.PORTAL_FONT_DIR = INSTALLED
    free = fonts.font_dir() / "faces"
    settings.PORTAL_FONT_DIR = other_font_dir
    licensed = other_font_dir / "licensed"
    licensed.mkdir(parents=True)
    (other_font_dir / "faces").symlink_to(free)
    (other_font_dir / "manifest.json").write_text(f'{{"format": {fonts.FORMAT}}}')
    for family, (file_name, (ascent, descent, gap)) in LICENSED.items():
        data = fontsetup.renamed((free / file_name).read_bytes(), family)
        face = TTFont(io.BytesIO(data), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
        em = face["head"].unitsPerEm
        face["hhea"].ascent, face["hhea"].descent = round(ascent * em), round(descent * em)
        face["hhea"].lineGap = round(gap * em)
        output = io.BytesIO()
        face.save(output, reorderTables=False)
        (licensed / file_name).write_bytes(output.getvalue())
    return other_font_dir


def test_the_offices_own_fonts_come_first(with_licensed: Path) -> None:
    said: list[str] = []
    assert fontsetup.install(said.append) is True
    assert fonts.stack(fonts.FANGSONG)[0].family == "仿宋_GB2312"
    assert any("仿宋优先使用本单位字体 仿宋_GB2312" in line for line in said)
    assert (
        "小标宋：方正小标宋_GBK（本单位正版）、Gongwen XiaoBiaoSong（免费替代）"
        in checks.faces_found()
    )
    assert fontsetup.install(said.append) is False
    licensed = with_licensed / "licensed"
    (licensed / "别的字体.ttf").write_bytes((licensed / "GongwenKaiTi.otf").read_bytes()[:900])
    [waiting] = checks.documents_can_be_made(None)
    assert waiting.id == "documents.W003" and "：别的字体.ttf " in waiting.msg
    with pytest.raises(fontsetup.SetupFailedError, match="别的字体"):
        fontsetup.install(said.append)
    (licensed / "别的字体.ttf").unlink()
    # Documents cannot be made with a face that is gone.
    (licensed / "GongwenFangSong.otf").unlink()
    assert [message.id for message in checks.faults()] == ["documents.E001"]
    assert fontsetup.install(said.append) is True
    assert fonts.stack(fonts.FANGSONG)[0].family == "Gongwen FangSong"


RENDER = """
import sys, django
django.setup()
from portal.core.documents.typesetting import render_pdf
from tests.core.documents.pdf import MM, fonts_of, open_pdf, pieces
from tests.core.documents.samples import sample
open(sys.argv[1], "wb").write(render_pdf(sample(rows=12)))
"""


def test_with_licensed_fonts_everything_stands_where_it_did(
    with_licensed: Path, tmp_path: Path
) -> None:
    assert fontsetup.install(lambda text: None) is True
    pdfs: list[Any] = []
    for directory in (INSTALLED, with_licensed):
        out = tmp_path / f"{len(pdfs)}.pdf"
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", RENDER, str(out)],
            cwd=settings.BASE_DIR,
            env={**os.environ, "PORTAL_FONT_DIR": str(directory)},
            check=True,
            timeout=180,
        )
        pdfs.append(open_pdf(out.read_bytes()))
    free, licensed = pdfs
    assert len(free.pages) == len(licensed.pages)
    for before, after in zip(free.pages, licensed.pages, strict=True):
        here, there = pieces(before), pieces(after)
        assert [piece.text for piece in here] == [piece.text for piece in there]
        for one, other in zip(here, there, strict=True):
            assert abs(one.x - other.x) / MM <= 0.5, (one, other)
            assert abs(one.y - other.y) / MM <= 0.5, (one, other)
    used = fonts_of(licensed)
    assert not {"Gongwen-FangSong", "Gongwen-KaiTi", "Gongwen-XiaoBiaoSong"} & used
    assert {"Gongwen-HeiTi", "Gongwen-SongTi"} <= used
