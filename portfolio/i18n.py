"""Catalogues and the locale of the present task. The msgid is the Chinese sentence itself.

So the interface reads Chinese without any catalogue; another language is a file
`portfolio/locale/<locale>/LC_MESSAGES/messages.mo`. Sentences are translated whole, with
named places: `_("逾期 %(days)s 天", days=36)`. A literal percent sign is written `%%`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import NullTranslations, translation
from importlib.resources import files

DOMAIN = "messages"
SOURCE_LOCALE = "zh_CN"
_locale: ContextVar[str] = ContextVar("locale", default=SOURCE_LOCALE)


def current_locale() -> str:
    """Return the locale of the present task, `zh_CN` unless `using` chose another."""
    return _locale.get()


@contextmanager
def using(locale: str) -> Iterator[None]:
    """Speak `locale` inside the block: a request in its reader's language, a mail in its recipient's."""
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


@cache
def catalogue(locale: str) -> NullTranslations:
    """Return the catalogue of a locale; without a file of its own the source sentences stand."""
    folder = str(files("portfolio").joinpath("locale"))
    return translation(DOMAIN, folder, languages=[locale], fallback=True)


def gettext(message: str) -> str:
    """Translate a sentence, its places unfilled. Templates fill them themselves."""
    return catalogue(current_locale()).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate a sentence that depends on a number, its places unfilled."""
    return catalogue(current_locale()).ngettext(singular, plural, n)


def _(message: str, **values: object) -> str:
    """Translate a sentence and fill its named places, as templates do: `_("共 %(n)s 项", n=3)`."""
    return gettext(message) % values
