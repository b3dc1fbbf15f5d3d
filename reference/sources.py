"""The published editions of sources.toml, and their download from the publisher."""

from __future__ import annotations

import hashlib
import tomllib
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import date
from http.client import HTTPException, HTTPMessage
from importlib.resources import files
from pathlib import Path
from typing import IO

from schemas.errors import EditionError, NetworkError

_TIMEOUT_SECONDS = 60
_ATTEMPTS = 2


@dataclass(frozen=True)
class Source:
    """One published edition; it is pinned if the size and SHA-256 of its file are known."""

    name: str
    publisher: str
    title: str
    edition: str
    date: date
    page: str
    address: str
    file: str
    licence: str
    bytes: int = 0
    sha256: str = ""
    rows: int = 0

    @property
    def is_pinned(self) -> bool:
        """Whether a download can be checked."""
        return bool(self.sha256)

    @property
    def by_hand(self) -> str:
        """How to install it without a download by this program."""
        return (
            f"Download {self.file} from {self.page} in a browser, then "
            f"`soc-recode reference install --file {self.file}`."
        )


def read_sources(path: Path | None = None) -> dict[str, Source]:
    """Read the published editions by name; by default those of sources.toml."""
    toml = path or files("reference") / "sources.toml"
    tables = tomllib.loads(toml.read_text(encoding="utf-8"))["edition"]
    return {table["name"]: Source(**table) for table in tables}


def download(source: Source, folder: Path) -> Path:
    """Download a pinned edition's file into the folder and check its size and SHA-256.

    Raises EditionError if the edition is not pinned or the file is another one, NetworkError if
    it cannot be had.
    """
    if not source.is_pinned:
        raise EditionError(
            f"{source.name} ({source.edition}, {source.date:%d %B %Y}) is not pinned: "
            "the hash of its file is not known, so a download could not be checked.",
            expected="a pinned edition, or a file",
            fix=source.by_hand,
        )
    content = _fetch(source)
    digest = hashlib.sha256(content).hexdigest()
    if len(content) != source.bytes or digest != source.sha256:
        size = f"{len(content):,}" if len(content) <= source.bytes else "more"
        raise EditionError(
            f"What {source.address} serves is not the file of {source.name}: "
            f"{size} bytes with SHA-256 {digest}.",
            expected=f"{source.bytes:,} bytes with SHA-256 {source.sha256}",
            fix=source.by_hand,
        )
    target = folder / source.file
    target.write_bytes(content)
    return target


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Refuses a redirection that leaves https."""

    def redirect_request(  # noqa: PLR0917  the library's signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if not newurl.startswith("https://"):
            raise urllib.error.URLError("the publisher's server redirects to a page without https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _fetch(source: Source) -> bytes:
    """Fetch at most one byte more than the file has, with one retry."""
    if not source.address.startswith("https://"):
        raise NetworkError(
            f"The address of {source.name} is not https.",
            expected="an https address in sources.toml",
            fix=source.by_hand,
        )
    request = urllib.request.Request(source.address, headers={"User-Agent": "soc-recode"})
    opener = urllib.request.build_opener(_HttpsOnly)
    reason = ""
    for _ in range(_ATTEMPTS):
        try:
            with opener.open(request, timeout=_TIMEOUT_SECONDS) as response:
                content: bytes = response.read(source.bytes + 1)
                return content
        except (OSError, HTTPException) as error:  # URLError and time-outs are OSErrors
            reason = str(getattr(error, "reason", "") or error)
    raise NetworkError(
        f"{source.name} could not be downloaded from {source.address} ({reason}).",
        expected="a connection to the publisher",
        fix=source.by_hand,
    )
