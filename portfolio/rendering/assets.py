"""Addresses of built style and script: names carry a hash, so browsers may keep them for ever."""

import json
from functools import cache
from importlib.resources import files

STATIC = "/static"
FOLDERS = {"css": "css", "js": "js", "svg": "images"}


@cache
def manifest() -> dict[str, str]:
    """Return logical name → built name; empty in a checkout whose assets were not built."""
    built = files("templates").joinpath("static", "dist", "manifest.json")
    if not built.is_file():
        return {}
    names: dict[str, str] = json.loads(built.read_text("utf-8"))
    return names


def asset(name: str) -> str:
    """Return the address of `app.css`, `app.js` or `icon.svg`: the built file, else its source.

    The source style sheet works as it is; the source script needs the build for its one
    library, and every page works without script.
    """
    built = manifest().get(name)
    if built:
        return f"{STATIC}/dist/{built}"
    return f"{STATIC}/{FOLDERS[name.rpartition('.')[2]]}/{name}"
