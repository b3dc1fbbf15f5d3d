"""Errors nobody foresaw, without the data in hand: their message may quote a respondent."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import SocRecodeError

_SHOWN = 3


@contextmanager
def without_data() -> Iterator[None]:
    """Replace an unforeseen error by one that says its kind and place, and nothing else.

    Raises SocRecodeError in its stead; that, and OSError (files, not records), pass.
    """
    try:
        yield
    except (SocRecodeError, OSError):
        raise
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[-_SHOWN:]
        places = (f"{Path(frame.filename).name} line {frame.lineno}" for frame in frames)
        raise SocRecodeError(
            f"{type(error).__name__} in {', '.join(places)}.",
            fix="This is a defect of soc-recode: please report it. Its message is left out, "
            "because it may quote a record.",
        ) from None
