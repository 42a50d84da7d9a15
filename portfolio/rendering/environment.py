"""The one environment: strict about names, escaping everything but plain text."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from portfolio import i18n
from portfolio.rendering import own_forms, parts
from portfolio.rendering.address import Address
from portfolio.rendering.assets import asset
from portfolio.rendering.filters import FILTERS
from portfolio.rendering.own_forms import OwnForms

SITE = "郑州市重大项目调度"
COMPONENTS = (
    "frame",
    "lamps",
    "texts",
    "tables",
    "forms",
    "filters",
    "pictures",
    "plan",
    "records",
    "sign_in",
)


class Components:
    """All component macros under one name; a misspelt one fails when it is used."""

    def load(self, environment: Environment) -> None:
        """Take up the macros of every component file.

        They may use each other through `ui`, so it must be a global before the first is loaded.
        """
        for name in COMPONENTS:
            module = environment.get_template(f"components/{name}.html").module
            for macro, value in vars(module).items():
                if not macro.startswith("_"):
                    if hasattr(self, macro):
                        raise ValueError(f"two components are called {macro}")
                    setattr(self, macro, value)


@cache
def environment() -> Environment:
    """Build the environment on first use."""
    env = Environment(
        loader=FileSystemLoader(str(files("templates"))),
        undefined=StrictUndefined,
        autoescape=_escapes,  # noqa: S701 - all but plain text is escaped
        extensions=["jinja2.ext.i18n", OwnForms],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    env.install_gettext_callables(i18n.gettext, i18n.ngettext, newstyle=True)  # type: ignore[attr-defined]
    env.policies["ext.i18n.trimmed"] = True
    env.filters.update(FILTERS)
    env.globals.update(
        _=_sentence,
        own_form=own_forms.field,
        site=lambda: i18n.gettext(SITE),
        asset=asset,
        face=parts.face,
        address=Address.of,
        link=parts.Link,
        column=parts.Column,
        choice=parts.Choice,
        chip=parts.Chip,
        event=parts.Event,
        mistake=parts.Mistake,
    )
    components = env.globals["ui"] = Components()
    components.load(env)
    return env


def page(template: str, shell: parts.Shell, values: Mapping[str, object]) -> str:
    """Draw a whole page inside its frame."""
    with own_forms.carrying(shell.csrf):
        return environment().get_template(template).render(shell=shell, **values)


def block(template: str, name: str, shell: parts.Shell, values: Mapping[str, object]) -> str:
    """Draw one block of a page, for a partial request; raises KeyError when there is none of that name.

    A page's own top-level `set` and `import` do not run here.
    """
    drawn = environment().get_template(template)
    context = drawn.new_context({"shell": shell, **values})
    with own_forms.carrying(shell.csrf):
        return "".join(drawn.blocks[name](context))


@pass_eval_context
def _sentence(context: EvalContext, message: str, **values: object) -> str:
    """Translate a sentence and fill its places, escaped where the page is; what Jinja brings takes thrice as long."""
    said = i18n.gettext(message)
    if not context.autoescape:
        return said % values
    return Markup(said % {name: escape(value) for name, value in values.items()})  # noqa: S704 - all are escaped


def _escapes(name: str | None) -> bool:
    return name is None or not name.endswith(".txt")
