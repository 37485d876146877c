"""Starts the programs that look into files, with limits, and reads what they say.

They are processes of their own with an empty environment: no address of a database, no key, no
network where the system allows that. One that hangs, grows or crashes is ended, and the worker
goes on; one whose worker dies ends with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from portal.core.previews.kinds import NO_CONVERTER, Way

HERE = Path(__file__).resolve().parent
CONVERSION_MEMORY = 4096  # LibreOffice maps far more than it uses
LARGEST_OUTPUT = 300  # megabytes a program may write into one file
REASONS = {
    "encrypted": "文件设有打开密码，不能预览。请联系提供单位重新上传没有密码的文件。",
    "damaged": "文件已损坏或者内容不完整，不能预览。请下载后用原软件打开核对，必要时重新上传。",
    "too_large": "页面尺寸过大，不能预览，请下载查看。",
    "empty": "文件没有页面，不能预览。",
}
UNBOUND = {
    "encrypted": "文件设有打开密码",
    "damaged": "文件已损坏或者内容不完整",
    "too_large": "页面尺寸过大",
    "empty": "文件没有页面",
}
NOT_BOUND = "处理用时过长或者出错"
TOO_SLOW = "生成预览用时过长，已停止，请下载查看。"
CRASHED = "生成预览时程序出错，已停止，请下载查看。"
NOT_CONVERTED = "转换为版式文件时出错，不能预览，请下载查看。"
# What LibreOffice is told about a file it does not trust: nothing in it runs, nothing is fetched.
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
{items}
</oor:items>
"""
SECURITY = {
    "DisableMacrosExecution": "true",
    "MacroSecurityLevel": "3",
    "BlockUntrustedRefererLinks": "true",
    "DisableActiveContent": "true",
}


class Unusable(Exception):
    """The file cannot be shown (any further); ``str()`` is the reason in Chinese."""


class NoConverter(Unusable):
    """Nothing is installed that could show it."""


class Total(NamedTuple):
    """How many pages the file has."""

    pages: int


class Rendered(NamedTuple):
    """One page image on disk."""

    number: int
    path: Path
    width: int
    height: int


def converter() -> str | None:
    """The program that turns Office files into PDF, when one is installed."""
    return shutil.which(settings.PORTAL_SOFFICE or "soffice")


def convert(source: Path, folder: Path) -> Path:
    """An Office file as PDF.

    Raises NoConverter where LibreOffice is missing, Unusable where it could not do it.
    """
    program = converter()
    if program is None:
        raise NoConverter(NO_CONVERTER)
    profile = folder / "profile"
    _write_profile(profile)
    command = [
        *(program, "--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck"),
        f"-env:UserInstallation={profile.as_uri()}",
        *("--convert-to", "pdf", "--outdir", str(folder), str(source)),
    ]
    allowed = settings.PORTAL_CONVERSION_SECONDS
    process = _start(command, folder, allowed, CONVERSION_MEMORY)
    try:
        process.communicate(timeout=allowed)
    except subprocess.TimeoutExpired as error:
        raise Unusable(TOO_SLOW) from error
    finally:
        _end(process)
    result = source.with_suffix(".pdf")
    if not result.is_file() or not result.stat().st_size:
        raise Unusable(NOT_CONVERTED)
    return result


def render(
    way: Way, source: Path, folder: Path, first: int, last: int, *, width: int = 0
) -> Iterator[Total | Rendered]:
    """The pages of a PDF or a picture from ``first`` to ``last``, each once it is on disk.

    ``width`` in pixels is that of the settings unless another one is given.

    Raises Unusable where the file stops it; what came before stays.
    """
    numbers = map(str, (width or settings.PORTAL_PREVIEW_WIDTH, first, last))
    command = [
        *(sys.executable, "-I", str(HERE / "rendering.py"), way.value),
        *(str(source), str(folder), *numbers),
    ]
    allowed = settings.PORTAL_PREVIEW_SECONDS
    process = _start(command, folder, allowed * 10, settings.PORTAL_PREVIEW_MEMORY)
    try:
        for said in _lines(process, allowed):
            if "problem" in said:
                raise Unusable(REASONS.get(said["problem"], CRASHED))
            if "pages" in said:
                yield Total(said["pages"])
            elif "page" in said:
                number = said["page"]
                path = folder / f"{number}.webp"
                yield Rendered(number, path, said["width"], said["height"])
            else:
                return
        raise Unusable(TOO_SLOW if process.wait() == -signal.SIGXCPU else CRASHED)
    finally:
        _end(process)


def bind(way: Way, source: Path, target: Path) -> None:
    """A PDF or a picture as a PDF of plain upright pages in which nothing acts.

    Raises Unusable with a short reason where the file stops it.
    """
    command = [
        *(sys.executable, "-I", str(HERE / "binding.py"), way.value),
        *(str(source), str(target)),
    ]
    allowed = settings.PORTAL_PREVIEW_SECONDS
    process = _start(command, target.parent, allowed * 10, settings.PORTAL_PREVIEW_MEMORY)
    try:
        for said in _lines(process, allowed):
            if "problem" in said:
                raise Unusable(UNBOUND.get(said["problem"], NOT_BOUND))
            if "done" in said:
                return
        raise Unusable(NOT_BOUND)
    finally:
        _end(process)


def _start(command: list[str], folder: Path, seconds: int, memory: int) -> subprocess.Popen[bytes]:
    limits = map(str, (os.getpid(), seconds, memory, LARGEST_OUTPUT))
    return subprocess.Popen(
        [sys.executable, "-I", str(HERE / "confined.py"), *limits, *command],
        cwd=folder,
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "LANG": "C.UTF-8",
            "SAL_USE_VCLPLUGIN": "svp",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program with all it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _lines(process: subprocess.Popen[bytes], seconds: float) -> Iterator[dict[str, Any]]:
    """What the program says, line by line; it may be silent for ``seconds``."""
    assert process.stdout is not None
    pipe, rest = process.stdout.fileno(), b""
    deadline = time.monotonic() + seconds
    while True:
        readable, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not readable:
            raise Unusable(TOO_SLOW)
        data = os.read(pipe, 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) > 65536:
            raise Unusable(CRASHED)
        for line in lines:
            yield json.loads(line)
            deadline = time.monotonic() + seconds


def _write_profile(profile: Path) -> None:
    items = "\n".join(
        '<item oor:path="/org.openoffice.Office.Common/Security/Scripting">'
        f'<prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for name, value in SECURITY.items()
    )
    (profile / "user").mkdir(parents=True)
    path = profile / "user" / "registrymodifications.xcu"
    path.write_text(PROFILE.format(items=items), encoding="utf-8")
