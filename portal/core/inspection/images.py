"""Pictures: decoded once, whole, within limits; nothing before, in or behind them."""

from __future__ import annotations

import io
import struct
import warnings

from PIL import Image, UnidentifiedImageError

from portal.core.inspection.outcome import Found, Unfit
from portal.core.inspection.sniffing import MARKUP, PHP, archive_at_end, hidden_in

# A sheet of A3 at 600 dpi has 70 million pixels.
PIXELS = 80_000_000
FRAMES = 200
TEXT = 256 * 1024
FORMATS = {
    "png": "PNG",
    "jpg": "JPEG",
    "jpeg": "JPEG",
    "bmp": "BMP",
    "tif": "TIFF",
    "tiff": "TIFF",
    "webp": "WEBP",
}
DAMAGE = (
    UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error, EOFError,
    IndexError, KeyError, TypeError, OverflowError, AttributeError, RuntimeError,
)  # fmt: skip


def inspect(content: memoryview, extension: str) -> Found:
    """What a picture is; raises Unfit with the reason to keep it out."""
    if archive_at_end(content):
        raise Unfit("polyglot", what="压缩包")
    text = bytes(content[:TEXT])
    if MARKUP.search(text) or PHP.search(text):
        raise Unfit("polyglot", what="网页或脚本")
    word = hidden_in(_behind(bytes(content), FORMATS[extension]))
    if word:
        raise Unfit("polyglot", what=word)
    return Found(pages=_decode(content, FORMATS[extension]))


def _decode(content: memoryview, form: str) -> int:
    Image.MAX_IMAGE_PIXELS = PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        warnings.simplefilter("ignore", UserWarning)
        try:
            with Image.open(io.BytesIO(content), formats=[form]) as image:
                frames = int(getattr(image, "n_frames", 1)) if form == "TIFF" else 1
                if frames > FRAMES:
                    raise Unfit("pages")
                for number in range(frames):
                    if frames > 1:
                        image.seek(number)
                    if image.width * image.height > PIXELS:
                        raise Unfit("pixels")
                    image.load()
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise Unfit("pixels") from None
        except MemoryError:
            raise Unfit("pixels") from None
        except DAMAGE:
            raise Unfit("image_broken") from None
    return frames


def _behind(data: bytes, form: str) -> bytes:
    """What lies behind the end of a picture; phones put previews and notes there."""
    end = len(data)
    if form == "PNG":
        end = _end_of_png(data)
    elif form == "JPEG":
        last = data.rfind(b"\xff\xd9")
        end = _end_of_jpeg(data) or (last + 2 if last > 0 else end)
    elif form == "BMP" and len(data) > 6:
        end = int.from_bytes(data[2:6], "little") or end
    elif form == "WEBP" and len(data) > 8:
        end = int.from_bytes(data[4:8], "little") + 8
    return data[end:]


def _end_of_png(data: bytes) -> int:
    place = 8
    while place + 12 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        place += 12 + size
        if kind == b"IEND":
            return place
    return len(data)


def _end_of_jpeg(data: bytes) -> int:
    """The first end of image outside of the segments, which may hold a small picture themselves."""
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xDA:
            end = data.find(b"\xff\xd9", place)
            return end + 2 if end > 0 else 0
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return 0
