"""Fonts: set-up, stacks, coverage."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from portal.core.documents import charset, checks, coverage, fonts, fontsetup
from portal.core.documents.fontsources import SOURCES
from portal.core.documents.typesetting import missing_glyphs
from tests.core.documents.samples import BODY, sample


@pytest.fixture
def free_face() -> bytes:
    """The smallest face there is, read before the font directory is changed."""
    return min(
        ((fonts.font_dir() / "faces").iterdir()), key=lambda path: path.stat().st_size
    ).read_bytes()


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
    assert coverage.missing({role: text}) == []


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


def test_missing_glyphs_are_named_with_their_place() -> None:
    text = "推荐单位\n陵川县😀连翘茶专业镇,再见😀"
    found = coverage.missing({fonts.FANGSONG: text, fonts.HEITI: "名称"})
    assert [(item.char, item.role) for item in found] == [("😀", fonts.FANGSONG)]
    assert "陵川县😀连翘茶" in found[0].context
    assert found[0].message.startswith("“😀”字在仿宋字体中缺字，出现于“陵川县😀连翘茶")


def test_missing_glyphs_of_a_notice_are_found_in_tables_and_signatures() -> None:
    assert missing_glyphs(sample()) == []
    content = sample(signatories=("某某😀局",), copy_to="𠮷省办公室")
    assert [item.char for item in missing_glyphs(content)] == ["😀", "𠮷"]


def test_invisible_characters_are_dropped_and_not_reported() -> None:
    assert charset.clean_text("\ufeff陵川\u200b县\t专业镇\r\n") == "陵川县 专业镇"
    assert coverage.missing({fonts.FANGSONG: "陵\u200b川\x07县"}) == []


def test_without_fonts_the_check_and_the_engine_say_what_to_run(other_font_dir: Path) -> None:
    assert not fonts.installed()
    ids = [message.id for message in checks.documents_can_be_made(None)]
    assert "documents.W001" in ids
    with pytest.raises(fonts.FontsUnavailableError, match="install_fonts"):
        missing_glyphs(sample(paragraphs=BODY))


def test_with_fonts_and_library_the_check_is_silent() -> None:
    assert checks.documents_can_be_made(None) == []


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


def test_the_offices_own_fonts_come_first(free_face: bytes, other_font_dir: Path) -> None:
    # A free face under the name of a licensed one stands in for the office's file.
    licensed = other_font_dir / "licensed"
    licensed.mkdir(parents=True)
    faces = other_font_dir / "faces"
    faces.mkdir()
    for source in SOURCES:
        (faces / source.file_name).write_bytes(free_face)
    (licensed / "simfang.ttf").write_bytes(fontsetup.renamed(free_face, "仿宋_GB2312"))
    (other_font_dir / "manifest.json").write_text(f'{{"format": {fonts.FORMAT}}}')
    said: list[str] = []
    assert fontsetup.install(said.append) is True
    assert next(face.family for face in fonts.stack(fonts.FANGSONG)) == "仿宋_GB2312"
    assert any("仿宋优先使用本单位字体 仿宋_GB2312" in line for line in said)
    assert fontsetup.install(said.append) is False
    (licensed / "simfang.ttf").unlink()
    assert fontsetup.install(said.append) is True
    assert fonts.stack(fonts.FANGSONG)[0].family == "Gongwen FangSong"
