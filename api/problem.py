"""Answers for programs that went wrong: `application/problem+json` (RFC 9457)."""

from collections.abc import Mapping

from fastapi.responses import JSONResponse


def problem(status: int, title: str, detail: str, *, fields: Mapping[str, str] | None = None) -> JSONResponse:
    """Build the answer; `fields` names what is wrong in the input."""
    body: dict[str, object] = {"type": "about:blank", "status": status, "title": title, "detail": detail}
    if fields:
        body["errors"] = [{"field": name, "detail": words} for name, words in fields.items()]
    return JSONResponse(body, status, media_type="application/problem+json")
