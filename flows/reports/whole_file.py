"""Writes a file that is there whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from schemas.errors import OutputError


def write_whole(out: Path, content: bytes) -> None:
    """Write the content to `out`, in place of what is there, once it is whole.

    Raises OutputError if it cannot be written; what was there before then stays.
    """
    work = out.parent / f".{out.name}.{os.getpid()}"
    try:
        work.write_bytes(content)
        work.replace(out)
    except OSError as error:
        raise OutputError(
            f"{out} cannot be written: {error.strerror}.",
            expected="the name of a file in a folder that is there",
        ) from error
    finally:
        with suppress(OSError):  # it is in place, or there is none
            work.unlink()
