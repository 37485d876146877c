"""Sets the document fonts up: fetch Debian's packages, take the faces out, cut and rename them.

Nothing is installed on the system. Files already installed under ``/usr/share`` are used as they
are; otherwise the package is fetched with ``apt-get download`` (which needs no root) and only the
wanted files are read out of it. For a machine without a network, put the three ``.deb`` files into
``<font directory>/packages`` first.

Every face gets a family name of its own, because several faces of one free family declare the same
weight, and because the licences ask that a changed font not keep a reserved name. Layout tables
are dropped: Chinese text is set glyph by glyph, and its widths are then exactly those of the
horizontal metrics that the line composer reads.
"""

import io
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import uharfbuzz
from fontTools.ttLib import TTCollection, TTFont, TTLibError

from portal.core.documents import fonts
from portal.core.documents.charset import repertoire
from portal.core.documents.fontsources import LICENCES, LICENSED_NAMES, SOURCES, Source

Progress = Callable[[str], None]

DROPPED_TABLES: Final = (
    "GSUB", "GPOS", "GDEF", "BASE", "JSTF", "kern", "vhea", "vmtx", "VORG", "DSIG", "meta",
)  # fmt: skip

# Root's downloads are otherwise handed to an unprivileged user who cannot write here.
APT_OPTIONS: Final = ("-o", "APT::Sandbox::User=root", "-o", "Acquire::Retries=3")

CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{faces}</dir>
  <dir>{licensed}</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""

LICENSED_NOTE = """本目录存放本单位依法取得授权的公文字体
(方正小标宋_GBK、仿宋_GB2312、楷体_GB2312、黑体等),
文件格式为 ttf、otf 或 ttc。放入后重新运行 python manage.py install_fonts 即优先使用。
"""


class SetupFailedError(RuntimeError):
    """Setting the fonts up failed; the message says what to do."""


def install(progress: Progress, *, force: bool = False) -> bool:
    """Make the font directory complete. Returns False when nothing had to be done."""
    directory = fonts.font_dir()
    try:
        directory.mkdir(parents=True, exist_ok=True)
        fonts.licensed_dir().mkdir(exist_ok=True)
    except OSError as error:
        raise SetupFailedError(f"无法写入字体目录 {directory}:{error.strerror}") from error
    licensed_files = fonts.licensed_files()
    stamp = _stamp(licensed_files)
    if not force and _stamp_of(fonts.manifest_path()) == stamp and fonts.installed():
        return False

    _write_text(fonts.licensed_dir() / "说明.txt", LICENSED_NOTE)
    faces_dir = directory / "faces"
    licence_dir = directory / "licences"
    faces_dir.mkdir(exist_ok=True)
    licence_dir.mkdir(exist_ok=True)
    if (
        force
        or not all((faces_dir / source.file_name).is_file() for source in SOURCES)
        or (_stamp_of(fonts.manifest_path()).get("format") != fonts.FORMAT)
    ):
        _install_free_faces(directory, faces_dir, licence_dir, progress)
    stacks = _write_stacks(licensed_files, progress)
    cache_dir = directory / "cache"
    shutil.rmtree(cache_dir, ignore_errors=True)
    cache_dir.mkdir()
    _write_text(
        fonts.config_path(),
        CONFIG.format(
            faces=escape(str(faces_dir)),
            licensed=escape(str(fonts.licensed_dir())),
            cache=escape(str(cache_dir)),
        ),
    )
    manifest = {**stamp, "stacks": stacks}
    _write_text(fonts.manifest_path(), json.dumps(manifest, ensure_ascii=False, indent=1))
    fonts.forget()
    _fill_cache()
    progress(f"公文字体已就绪:{directory}")
    return True


def _fill_cache() -> None:
    """Let fontconfig read the faces now: later processes may not be allowed to write its cache."""
    tool = shutil.which("fc-cache")
    if tool is not None:
        environment = {**os.environ, "FONTCONFIG_FILE": str(fonts.config_path())}
        subprocess.run([tool], env=environment, check=False, capture_output=True)


def _install_free_faces(
    directory: Path, faces_dir: Path, licence_dir: Path, progress: Progress
) -> None:
    packages_dir = directory / "packages"
    packages_dir.mkdir(exist_ok=True)
    packages = tuple(dict.fromkeys(source.package for source in SOURCES))
    points = repertoire()
    for package in packages:
        sources = [source for source in SOURCES if source.package == package]
        wanted = {source.member for source in sources}
        files = _collect(package, wanted, set(LICENCES[package]), packages_dir, progress)
        for member in LICENCES[package]:
            if member in files:
                target = licence_dir / f"{package}-{Path(member).name}"
                target.write_bytes(files[member])
        for source in sources:
            progress(f"裁剪字体 {Path(source.member).name} → {source.file_name}")
            data = _cut(files[source.member], source, points)
            temporary = faces_dir / (source.file_name + ".part")
            temporary.write_bytes(data)
            temporary.replace(faces_dir / source.file_name)
    shutil.rmtree(packages_dir, ignore_errors=True)


def _collect(
    package: str, wanted: set[str], optional: set[str], packages_dir: Path, progress: Progress
) -> dict[str, bytes]:
    """The wanted files of a package, from the system if installed, else from its archive."""
    root = Path("/")
    if all((root / member).is_file() for member in wanted):
        progress(f"使用系统中已安装的 {package}")
        return {
            member: (root / member).read_bytes()
            for member in sorted(wanted | optional)
            if (root / member).is_file()
        }
    archive = _archive_of(package, packages_dir)
    if archive is None:
        progress(f"下载软件包 {package}")
        _download(package, packages_dir)
        archive = _archive_of(package, packages_dir)
    if archive is None:
        raise SetupFailedError(f"下载 {package} 之后未找到软件包文件")
    progress(f"解包 {archive.name}")
    files = dict(_read_members(archive, wanted | optional))
    lacking = wanted - files.keys()
    if lacking:
        raise SetupFailedError(f"软件包 {archive.name} 中没有字体文件:{'、'.join(sorted(lacking))}")
    return files


def _archive_of(package: str, packages_dir: Path) -> Path | None:
    return next(iter(sorted(packages_dir.glob(f"{package}_*.deb"))), None)


def _download(package: str, packages_dir: Path) -> None:
    command = ["apt-get", "-q", *APT_OPTIONS, "download", package]
    try:
        subprocess.run(command, cwd=packages_dir, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise SetupFailedError(
            "未找到 apt-get。请在 Debian 12 上运行,或将 "
            f"{package} 的 .deb 文件放入 {packages_dir} 后重试"
        ) from error
    except subprocess.CalledProcessError as error:
        reason = error.stderr.strip().splitlines()[-1:] or ["原因不明"]
        raise SetupFailedError(
            f"下载软件包 {package} 失败({reason[0]})。"
            "请先以管理员身份运行 apt-get update 并检查网络,"
            f"或将 {package} 的 .deb 文件放入 {packages_dir} 后重试"
        ) from error


def _read_members(archive: Path, wanted: set[str]) -> Iterator[tuple[str, bytes]]:
    """Read the wanted members while the archive streams by; the rest is never written out."""
    left = set(wanted)
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        if process.stdout is None:  # cannot happen with PIPE; says so to the type checker
            raise SetupFailedError("无法读取软件包")
        try:
            with tarfile.open(fileobj=process.stdout, mode="r|") as tar:
                for member in tar:
                    name = member.name.removeprefix("./")
                    if name in left and member.isfile():
                        stream = tar.extractfile(member)
                        if stream is not None:
                            yield name, stream.read()
                            left.discard(name)
                    if not left:
                        break
        except tarfile.TarError as error:
            raise SetupFailedError(f"软件包 {archive.name} 已损坏,请删除后重试") from error
        finally:
            process.kill()


def _cut(data: bytes, source: Source, points: Iterable[int]) -> bytes:
    blob = uharfbuzz.Blob(data)
    index = _face_index(data, source.collection_name) if source.collection_name else 0
    wish = uharfbuzz.SubsetInput()
    wish.unicode_set.clear()
    wish.unicode_set.update(points)
    wish.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in DROPPED_TABLES)
    cut = uharfbuzz.subset(uharfbuzz.Face(blob, index), wish)
    return renamed(bytes(cut.blob.data), source.family)


def _face_index(data: bytes, name: str) -> int:
    with TTCollection(io.BytesIO(data), lazy=True) as collection:
        for index, face in enumerate(collection.fonts):
            if face["name"].getDebugName(1) == name:
                return index
    raise SetupFailedError(f"字体集合中没有 {name}")


def renamed(data: bytes, family: str) -> bytes:
    """The face under another family name, as a regular of ordinary weight in one em box."""
    font = TTFont(io.BytesIO(data), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
    table = font["name"]
    kept = [record for record in table.names if record.nameID in (0, 7, 13, 14)]
    table.names = kept
    values = {
        1: family,
        2: "Regular",
        3: f"{family} cut for official documents",
        4: family,
        6: family.replace(" ", ""),
    }
    for name_id, value in values.items():
        table.setName(value, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = 400
    font["OS/2"].fsSelection = 0x40
    font["head"].macStyle = 0
    # One em box for all faces, 0.88 above and 0.12 below the baseline as Chinese faces are drawn:
    # lines of different faces then stand on the same grid.
    em = font["head"].unitsPerEm
    font["hhea"].ascent = font["OS/2"].sTypoAscender = round(0.88 * em)
    font["hhea"].descent = font["OS/2"].sTypoDescender = -round(0.12 * em)
    font["hhea"].lineGap = font["OS/2"].sTypoLineGap = 0
    output = io.BytesIO()
    font.save(output, reorderTables=False)
    return output.getvalue()


def _stamp(licensed_files: Iterable[Path]) -> dict[str, object]:
    return {
        "format": fonts.FORMAT,
        "directory": str(fonts.font_dir()),
        "licensed": [
            [path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in licensed_files
        ],
    }


def _stamp_of(manifest: Path) -> dict[str, object]:
    try:
        stored = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {key: stored.get(key) for key in ("format", "directory", "licensed")}


def _write_stacks(
    licensed_files: Iterable[Path], progress: Progress
) -> dict[str, list[dict[str, object]]]:
    """The order of faces per role: the office's own first, then the free ones."""
    own: dict[str, list[tuple[int, dict[str, object]]]] = {role: [] for role in fonts.ROLE_NAMES}
    for path in licensed_files:
        for index, names in _names_in(path):
            role_and_rank = _role_of(names)
            if not names or role_and_rank is None:
                progress(f"未识别的字体,未使用:{path.name}({names[0] if names else '无名称'})")
                continue
            if not _draws(path, index):
                raise SetupFailedError(f"字体文件 {path} 不完整或不含汉字，请移走后重试")
            role, rank = role_and_rank
            entry: dict[str, object] = {
                "family": names[0],
                "file": f"licensed/{path.name}",
                "index": index,
            }
            own[role].append((rank, entry))
            progress(f"{fonts.ROLE_NAMES[role]}优先使用本单位字体 {names[0]}")
    stacks: dict[str, list[dict[str, object]]] = {}
    for role in fonts.ROLE_NAMES:
        stacks[role] = [entry for _, entry in sorted(own[role], key=lambda pair: pair[0])]
        stacks[role] += [
            {"family": source.family, "file": f"faces/{source.file_name}", "index": 0}
            for source in SOURCES
            if source.role == role
        ]
    return stacks


def _names_in(path: Path) -> list[tuple[int, list[str]]]:
    """Per face of a file: its names, family name first."""
    collection = path.suffix.lower() == ".ttc"
    found: list[tuple[int, list[str]]] = []
    try:
        with TTCollection(path, lazy=True) if collection else TTFont(path, lazy=True) as opened:
            for index, face in enumerate(opened.fonts if collection else [opened]):
                # Older Chinese faces hold records that are not what their encoding says.
                names = [
                    record.toUnicode(errors="replace")
                    for name_id in (1, 4, 6, 16)
                    for record in face["name"].names
                    if record.nameID == name_id
                ]
                found.append(
                    (index, [name for name in dict.fromkeys(names) if "\ufffd" not in name])
                )
    except (TTLibError, OSError) as error:
        raise SetupFailedError(f"字体文件 {path} 无法读取,请移走后重试:{error}") from error
    return found


def _draws(path: Path, index: int) -> bool:
    """Whether the face draws a common character; of a file cut short tables are missing."""
    font = uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)), index))
    glyph = font.get_nominal_glyph(ord("中"))
    extents = font.get_glyph_extents(glyph) if glyph else None
    return extents is not None and extents.width > 0


def _role_of(names: list[str]) -> tuple[str, int] | None:
    lowered = {name.lower() for name in names}
    for role, known in LICENSED_NAMES.items():
        for rank, name in enumerate(known):
            if name.lower() in lowered:
                return role, rank
    return None


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
