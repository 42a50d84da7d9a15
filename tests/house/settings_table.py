"""The table of settings in docs/settings.md, drawn from the code. `make docs` writes it, a test compares."""

from enum import StrEnum

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from portfolio.settings import FILE_SUFFIX, PREFIX, Settings
from tests.house.sources import ROOT

PATH = ROOT / "docs" / "settings.md"
HEAD = f"""# Settings

From the environment or a `.env` file in the folder the command is started in; the environment wins. A
misspelt `{PREFIX}…` name is an error that suggests the right one. Each may also be given as a file that holds
the value: `{PREFIX}SECRET_KEY{FILE_SUFFIX}=/run/secrets/key`. This table is made from the code by `make docs`.

| name | default | meaning |
| --- | --- | --- |
"""


def draw() -> str:
    """The whole page."""
    rows = [
        f"| `{PREFIX}{name.upper()}` | {_default(each)} | {each.description} |" for name, each in _fields()
    ]
    return HEAD + "\n".join(rows) + "\n"


def _fields() -> list[tuple[str, FieldInfo]]:
    return list(Settings.model_fields.items())


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, StrEnum):
        value = value.value
    return "–" if value in ("", None) else f"`{value}`"


if __name__ == "__main__":
    PATH.write_text(draw(), "utf-8")
