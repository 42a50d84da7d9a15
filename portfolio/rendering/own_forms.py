"""The token that proves a form to be ours. Put into every form that POSTs when a template is read.

So no author of a template can forget it; `api/dependencies.py` takes it out of the form again.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from jinja2.ext import Extension
from markupsafe import Markup

FIELD = "csrf"
# Inside a tag: Jinja's expressions and statements, which may hold a `>` of their own, or anything else.
_INSIDE = r"(?:\{\{(?:(?!\}\}).)*\}\}|\{%(?:(?!%\}).)*%\}|[^>{])*"
_FORM = re.compile(rf"<form\b{_INSIDE}\bmethod=\"post\"{_INSIDE}>", re.DOTALL)
_token: ContextVar[str] = ContextVar("form_token", default="")


class OwnForms(Extension):
    """Jinja extension that adds the hidden field behind each such tag."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return the template's text with the field in every form."""
        return _FORM.sub(lambda tag: f"{tag[0]}{{{{ own_form() }}}}", source)


@contextmanager
def carrying(token: str) -> Iterator[None]:
    """Draw forms with this session's token inside the block."""
    before = _token.set(token)
    try:
        yield
    finally:
        _token.reset(before)


def field() -> Markup:
    """Return the hidden field, or nothing for a stranger, who has no session."""
    token = _token.get()
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token) if token else Markup("")
