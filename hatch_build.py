"""Build hook: compiles the gettext catalogues and refuses a wheel without front-end assets."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Catalogues(BuildHookInterface):  # type: ignore[type-arg]
    """Writes each `.po` beside itself as `.mo`; a real wheel also needs the asset manifest."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run by hatchling before it collects files."""
        root = Path(self.root)
        for source in (root / "portfolio" / "locale").glob("*/LC_MESSAGES/*.po"):
            with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
                write_mo(mo, read_po(po))
        manifest = root / "templates" / "static" / "dist" / "manifest.json"
        if version != "editable" and not manifest.exists():
            raise FileNotFoundError("front-end assets are missing: run `make assets` first")
