"""Read the bytes of a text extract: what they are, how they are encoded, as UTF-8 lines.

The rule for the encoding, in this order:

1. What the mapping file says ([options] encoding).
2. A byte-order mark: UTF-8 or UTF-16. UTF-16 without one is an error that says so.
3. UTF-8, if the whole file is well formed.
4. Otherwise windows-1252 (cp1252), if the bytes that are not UTF-8 outnumber the well-formed
   accented characters ten to one; a file of plain ASCII with one such byte is cp1252 too.
5. Otherwise UTF-8, and the lines that hold an undecodable byte are quarantined.

A byte the encoding has no character for becomes UNDECODABLE + "x" + its number: the line can be
found again and nothing is lost.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import MappingError, UnreadableFileError

UNDECODABLE = "\ufdd0"  # a code point Unicode promises never to use for text
_CHUNK = 4 << 20  # bytes
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_KINDS = (  # the first bytes of files that only pretend to be text
    (b"PK\x03\x04", "a workbook or ZIP file"),
    (b"PAR1", "a Parquet file"),
    (b"\xd0\xcf\x11\xe0", "an old or encrypted Office file"),
    (b"\x1f\x8b", "a gzip file"),
    (codecs.BOM_UTF32_LE, "UTF-32 text"),
    (codecs.BOM_UTF32_BE, "UTF-32 text"),
)


@dataclass(frozen=True)
class TextFile:
    """A text extract as UTF-8: where it can be read, what it was, and how long its lines are."""

    path: Path  # the source itself, or a transcoded copy
    encoding: str
    mean_line: int  # bytes


def sha256(source: Path) -> str:
    """Return the SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in _chunks(source):
        digest.update(chunk)
    return digest.hexdigest()


def open_text(source: Path, source_file: str, encoding: str | None, scratch: Path) -> TextFile:
    """Find the encoding of a text file and make it readable as UTF-8 with line feeds.

    Writes a copy in the folder `scratch` only when the source is not that already.
    Raises UnreadableFileError for an empty file, a file of another kind, and UTF-16 without a
    byte-order mark; MappingError for an encoding that does not exist.
    """
    head = next(_chunks(source), b"")
    _reject_other_kinds(head, source_file)
    if encoding:
        _check_codec(encoding, source_file)
    feeds, returns, well_formed = _survey(source)
    found = encoding or next((name for bom, name in _BOMS if head.startswith(bom)), None)
    if found is None:
        _reject_utf16(head, source_file)
        found = "cp1252" if not well_formed and _mostly_cp1252(source) else "utf-8"
    returns_only = feeds == 0 and returns > 0
    mean_line = source.stat().st_size // max(feeds, returns, 1) + 1
    utf8 = codecs.lookup(found).name in ("utf-8", "utf-8-sig")
    if utf8 and well_formed and not returns_only:
        return TextFile(source, _shown(found), mean_line)
    copy = scratch / "utf-8.txt"
    _transcode(source, copy, found, returns_only=returns_only)
    return TextFile(copy, _shown(found), mean_line)


def _shown(encoding: str) -> str:
    return "utf-8" if encoding == "utf-8-sig" else encoding


def _chunks(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _survey(source: Path) -> tuple[int, int, bool]:
    """Count line feeds (and carriage returns before any), and say whether all is UTF-8."""
    feeds = returns = 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    well_formed = True
    for chunk in _chunks(source):
        feeds += chunk.count(b"\n")
        returns += 0 if feeds else chunk.count(b"\r")
        if well_formed:
            well_formed = _decodes(decoder, chunk)
    return feeds, returns, well_formed and _decodes(decoder, b"", final=True)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    if chunk.isascii() and not final and not decoder.getstate()[0]:
        return True  # the usual case, and far cheaper than decoding
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_cp1252(source: Path) -> bool:
    """Say whether undecodable bytes outnumber well-formed non-ASCII characters ten to one."""
    undecodable = accented = 0
    decoder = codecs.getincrementaldecoder("utf-8")("ignore")
    for chunk in _chunks(source):
        if chunk.isascii():
            continue
        text = decoder.decode(chunk)
        undecodable += len(chunk) - len(text.encode())
        accented += len(text) - len(text.encode("ascii", "ignore"))
    return undecodable > 10 * accented


def _transcode(source: Path, copy: Path, encoding: str, *, returns_only: bool) -> None:
    decoder = codecs.getincrementaldecoder(encoding)(_mark_undecodable.__name__)
    with copy.open("w", encoding="utf-8", newline="") as out:
        for chunk in _chunks(source):
            text = decoder.decode(chunk)
            out.write(text.replace("\r", "\n") if returns_only else text)
        out.write(decoder.decode(b"", True))


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    lost = error.object[error.start : error.end]
    return "".join(f"{UNDECODABLE}x{byte:02x}" for byte in lost), error.end


codecs.register_error(_mark_undecodable.__name__, _mark_undecodable)


def _check_codec(encoding: str, source_file: str) -> None:
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(b"")
    except (LookupError, TypeError, AttributeError) as error:
        raise MappingError(
            f"{source_file}: the mapping file gives the encoding {encoding!r}, which is unknown.",
            expected='a name such as "utf-8", "cp1252" or "utf-16"',
        ) from error


def _reject_other_kinds(head: bytes, source_file: str) -> None:
    if not head:
        raise UnreadableFileError(
            f"{source_file}: the file is empty.", expected="a header row and records"
        )
    for start, kind in _OTHER_KINDS:
        if head.startswith(start):
            raise UnreadableFileError(
                f"{source_file}: this is {kind}, although its name says it is text.",
                fix="Give the file the ending of its kind, or export it again as CSV in UTF-8.",
            )


def _reject_utf16(head: bytes, source_file: str) -> None:
    """Half of the bytes of Western text in UTF-16 are NUL; no other encoding comes near."""
    if head.count(0) * 5 > len(head) * 2:
        raise UnreadableFileError(
            f"{source_file}: this looks like UTF-16 without a byte-order mark.",
            expected="UTF-8, cp1252, or UTF-16 with a byte-order mark",
            fix='Save it as UTF-8, or put encoding = "utf-16-le" (or "utf-16-be") under '
            "[options] in a mapping file.",
        )
