"""Is what somebody pasted an image, and is it safe to show to everybody?

It is decoded and written anew: what else was in the file (places, names, scripts, a second format)
is gone.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image as Pillow

MOST_BYTES = 8_000_000
MOST_PIXELS = 40_000_000
WIDEST = 2400  # px of the longer side, as it is kept
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")


class NotAnImage(ValueError):
    """The bytes are no image that is taken; the message says why."""


@dataclass(frozen=True, slots=True)
class CleanImage:
    """The image as it is kept."""

    content_type: str
    data: bytes
    width: int  # px
    height: int


def cleaned(raw: bytes) -> CleanImage:
    """The image in these bytes, decoded and written anew. Raises NotAnImage."""
    if len(raw) > MOST_BYTES:
        raise NotAnImage(f"an image may have {MOST_BYTES // 1_000_000} MB")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return _written_anew(_opened(raw))
    except NotAnImage:
        raise
    except Exception as error:  # decoders fail in many ways on hostile bytes
        raise NotAnImage("this is no PNG, JPEG, WebP or GIF that can be read") from error


def _opened(raw: bytes) -> Pillow.Image:
    image = Pillow.open(io.BytesIO(raw), formats=FORMATS)
    if image.width * image.height > MOST_PIXELS:
        raise NotAnImage(f"an image may have {MOST_PIXELS // 1_000_000} million pixels")
    image.load()
    return image


def _written_anew(image: Pillow.Image) -> CleanImage:
    photo = image.format == "JPEG"
    plain = image.convert("RGB" if photo else "RGBA")
    plain.thumbnail((WIDEST, WIDEST))
    blank = Pillow.new(plain.mode, plain.size)
    blank.paste(plain)  # pixels only: no metadata comes along
    out = io.BytesIO()
    if photo:
        blank.save(out, "JPEG", quality=85)
    else:
        blank.save(out, "PNG", optimize=True)
    kind = "image/jpeg" if photo else "image/png"
    return CleanImage(kind, out.getvalue(), blank.width, blank.height)
