"""What lies in a file beside its pixels: writing it, reading it, taking it away.

Ruche writes three things into every image that it hands out: the `parameters` text that other tools
read, its own JSON (`ruche`: the version of this form, the recipe, what else the caller gives), and the
IPTC mark that says an algorithm made it.

    format   parameters                            ruche (JSON)          IPTC digital source type
    PNG      tEXt, or iTXt beyond Latin-1          iTXt `ruche`          XMP in iTXt
    JPEG     EXIF UserComment, Unicode             XMP `ruche:image`     XMP
    WebP     EXIF UserComment, Unicode             XMP `ruche:image`     XMP

`strip` takes everything away that is not needed to show the same pixels; nothing is encoded again.
`read` gives the texts by name, for `readers.py` to understand. Takes pixels as uint8, height x width x
3. Which member asked is never written.
"""

import html
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from PIL import Image, PngImagePlugin

from ruche.imaging import containers, exif

Pixels = npt.NDArray[np.uint8]

PARAMETERS: Final = "parameters"
OWN: Final = "ruche"
# Of our JSON: a later house can tell what an older one meant.
VERSION: Final = 1
XMP: Final = "XML:com.adobe.xmp"
MADE_BY_ALGORITHM: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

# One text and all texts of a file: enough for the largest graphs seen in the wild.
LONGEST_TEXT: Final = 4_000_000
ALL_TEXTS: Final = 16_000_000
# Below 6 the files of small images grow faster than the time shrinks.
_PNG_EFFORT: Final = 6
_JPEG_QUALITY: Final = 95
_WEBP_QUALITY: Final = 90

_TEXT_CHUNKS: Final = frozenset((b"tEXt", b"zTXt", b"iTXt"))
# What a PNG needs to show its pixels in their colours; animation is not among it.
_PNG_PIXELS: Final = frozenset(
    (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT")
)
_WEBP_PIXELS: Final = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"))
# The flags of VP8X that say that EXIF and XMP follow.
_WEBP_SAYS: Final = 0x08 | 0x04
_EXIF_HEAD: Final = b"Exif\0\0"
_XMP_HEAD: Final = b"http://ns.adobe.com/xap/1.0/\0"
_OWN_IN_XMP: Final = re.compile(r'ruche:image="([^"]*)"')


def png(pixels: Pixels, parameters: str, own: Mapping[str, Any]) -> bytes:
    """A PNG with the texts in it."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text(PARAMETERS, parameters)
    texts.add_itxt(OWN, _json(own))
    texts.add_itxt(XMP, _xmp())
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", pnginfo=texts, compress_level=_PNG_EFFORT)
    return out.getvalue()


def jpeg(pixels: Pixels, parameters: str, own: Mapping[str, Any] | None) -> bytes:
    """A JPEG with the texts in it; without them it still says what made it."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(
        out,
        "JPEG",
        quality=_JPEG_QUALITY,
        exif=_EXIF_HEAD + exif.comment(parameters) if parameters else b"",
        xmp=_xmp(own).encode(),
    )
    return out.getvalue()


def webp(pixels: Pixels, parameters: str, own: Mapping[str, Any] | None) -> bytes:
    """A WebP with the texts in it; without them it still says what made it."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(
        out,
        "WEBP",
        quality=_WEBP_QUALITY,
        exif=_EXIF_HEAD + exif.comment(parameters) if parameters else b"",
        xmp=_xmp(own).encode(),
    )
    return out.getvalue()


def strip(data: bytes) -> bytes:
    """The same pixels, byte for byte as they were encoded, and nothing else.

    Colour profiles stay, and so does an EXIF orientation, for they change what is seen. Raises
    `errors.BadImage`.
    """
    match containers.format_of(data):
        case "png":
            return containers.png_of(_png_pixels(data))
        case "jpeg":
            return containers.jpeg_of(_jpeg_pixels(data))
        case "webp":
            return containers.webp_of(_webp_pixels(data))


def plain(data: bytes) -> bytes:
    """As `strip`, and that an algorithm made it: what is given out without its recipe."""
    bare = strip(data)
    if not bare.startswith(containers.PNG):
        return bare
    *parts, end = containers.png_chunks(bare)
    head = XMP.encode() + b"\0\0\0\0\0"
    return containers.png_of([*parts, (b"iTXt", head + _xmp().encode()), end])


def source_type() -> bytes:
    """The XMP packet that says that an algorithm made it, and nothing else."""
    return _xmp().encode()


def says_algorithm(data: bytes) -> bool:
    """Whether the file says of itself that an algorithm made it; anybody can write or remove that.

    Raises `errors.BadImage`.
    """
    match containers.format_of(data):
        case "png":
            said = _png_texts(data).get(XMP, "")
        case "jpeg":
            said = _jpeg_notes(data)[1][:ALL_TEXTS].decode("utf-8", "replace")
        case "webp":
            said = _webp_notes(data)[1][:ALL_TEXTS].decode("utf-8", "replace")
    return MADE_BY_ALGORITHM in said


def read(data: bytes) -> dict[str, str]:
    """The texts of a file by name: PNG keywords, else `parameters`, `ruche`, `prompt`, `workflow`.

    Compressed texts are unpacked within limits. Raises `errors.BadImage` for a file that is none of
    the three formats or does not add up.
    """
    match containers.format_of(data):
        case "png":
            return _png_texts(data)
        case "jpeg":
            return _exif_texts(_jpeg_notes(data))
        case "webp":
            return _exif_texts(_webp_notes(data))


def _json(own: Mapping[str, Any]) -> str:
    return json.dumps({**own, "version": VERSION}, ensure_ascii=False, separators=(",", ":"))


def _xmp(own: Mapping[str, Any] | None = None) -> str:
    """An XMP packet with the source type and, where the format has no better place, our JSON."""
    ours = f' ruche:image="{html.escape(_json(own))}"' if own is not None else ""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f' xmlns:ruche="urn:ruche:image:1" Iptc4xmpExt:DigitalSourceType="{MADE_BY_ALGORITHM}"{ours}/>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def _png_texts(data: bytes) -> dict[str, str]:
    texts: dict[str, str] = {}
    room = ALL_TEXTS
    for kind, body in containers.png_chunks(data):
        if kind not in _TEXT_CHUNKS or room <= 0:
            continue
        keyword, _, rest = body.partition(b"\0")
        text = _text_of(kind, rest)
        room -= len(text)
        texts.setdefault(keyword[:79].decode("latin-1"), text)
    return texts


def _text_of(kind: bytes, rest: bytes) -> str:
    """The text of one chunk, after its keyword; empty where it cannot be read."""
    if kind == b"tEXt":
        return rest[:LONGEST_TEXT].decode("latin-1")
    if kind == b"zTXt":
        return _unpacked(rest[1:]).decode("latin-1")
    packed, after = rest[:1] == b"\1", rest[2:]
    text = after.partition(b"\0")[2].partition(b"\0")[2]
    return (_unpacked(text) if packed else text[:LONGEST_TEXT]).decode("utf-8", "replace")


def _unpacked(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, LONGEST_TEXT)
    except zlib.error:
        return b""


def _exif_texts(notes: tuple[bytes, bytes]) -> dict[str, str]:
    """The texts of an EXIF and an XMP block; ComfyUI's are `name:{json}` in plain EXIF texts."""
    tiff, xmp = notes
    found = exif.read(tiff[:ALL_TEXTS])
    texts = {PARAMETERS: found.comment} if found.comment else {}
    for text in found.texts:
        name, colon, value = text.partition(":")
        if colon and name in {"prompt", "workflow"}:
            texts[name] = value
    if own := _OWN_IN_XMP.search(xmp[:ALL_TEXTS].decode("utf-8", "replace")):
        texts[OWN] = html.unescape(own[1])
    return texts


def _jpeg_notes(data: bytes) -> tuple[bytes, bytes]:
    tiff = xmp = b""
    for marker, body in containers.jpeg_segments(data):
        if marker == b"\xff\xe1" and body.startswith(_EXIF_HEAD):
            tiff = body[len(_EXIF_HEAD) :]
        elif marker == b"\xff\xe1" and body.startswith(_XMP_HEAD):
            xmp = body[len(_XMP_HEAD) :]
    return tiff, xmp


def _webp_notes(data: bytes) -> tuple[bytes, bytes]:
    parts = dict(containers.webp_chunks(data))
    return parts.get(b"EXIF", b"").removeprefix(_EXIF_HEAD), parts.get(b"XMP ", b"")


def _png_pixels(data: bytes) -> Iterator[containers.Part]:
    for kind, body in containers.png_chunks(data):
        if kind in _PNG_PIXELS:
            yield kind, body
        elif kind == b"eXIf" and (orientation := exif.read(body).orientation) != 1:
            yield kind, exif.turned(orientation)


def _jpeg_pixels(data: bytes) -> Iterator[containers.Part]:
    orientation = exif.read(_jpeg_notes(data)[0]).orientation
    if orientation != 1:
        yield b"\xff\xe1", _EXIF_HEAD + exif.turned(orientation)
    for marker, body in containers.jpeg_segments(data):
        application = 0xE0 <= marker[1] <= 0xEF or marker[1] == 0xFE  # noqa: PLR2004 - APP0-15, comment
        colours = marker[1] == 0xE2 and body.startswith(b"ICC_PROFILE\0")  # noqa: PLR2004
        adobe = marker[1] == 0xEE and body.startswith(b"Adobe")  # noqa: PLR2004
        header = marker[1] == 0xE0 and body.startswith(b"JFIF\0")  # noqa: PLR2004
        if header:
            # Without the thumbnail that may follow the fixed part.
            yield marker, body[:12] + b"\0\0"
        elif not application or colours or adobe:
            yield marker, body


def _webp_pixels(data: bytes) -> Iterator[containers.Part]:
    orientation = exif.read(_webp_notes(data)[0]).orientation
    for kind, body in containers.webp_chunks(data):
        if kind == b"VP8X" and body:
            exif_flag = 0x08 if orientation != 1 else 0
            yield kind, bytes([body[0] & ~_WEBP_SAYS | exif_flag]) + body[1:]
        elif kind in _WEBP_PIXELS:
            yield kind, body
    if orientation != 1:
        yield b"EXIF", exif.turned(orientation)
