"""Codes of projects: our own public one, and the national project code (GB/T 40058-2021)."""

import re
import unicodedata

from portfolio.errors import Invalid

_NATIONAL = re.compile(r"\d{4}-\d{6}-\d{2}-\d{2}-\d{6}")
_OURS = re.compile(r"P\d{4,}")


def national_code(text: str) -> str:
    """Return the code in half-width form; an empty one stays empty.

    Only the shape is checked, 24 characters in five groups: the check digit's rule is not public.
    Raises Invalid for another shape.
    """
    code = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    code = re.sub("[‐‑‒–—―−]", "-", code)
    if code and not _NATIONAL.fullmatch(code):
        raise Invalid(
            f"“{text}”不是国家项目代码。请填 24 位，如 2019-410184-76-01-012345；没有就空着。",
            {"national_code": "应为 24 位，如 2019-410184-76-01-012345。"},
        )
    return code


def looks_like_ours(text: str) -> bool:
    """Whether a text has the shape of a public project code, `P0042`."""
    return _OURS.fullmatch(text.strip().upper()) is not None
