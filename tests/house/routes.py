"""Every route with the policy it declares; `python -m tests.house.routes` writes docs/routes.md."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api.app import create_app
from portfolio.database import Database
from tests.server import settings_for

PAGE = Path("docs/routes.md")
HEAD = """# Every route and who may ask for it

Written by `python -m tests.house.routes` and kept true by `tests/house/test_policies.py`. A permission is held
by the roles that `portfolio/access.py` names; which rows it reaches is `portfolio/projects/scope.py`, and what
one may not see answers 404. A route without a policy does not pass the tests.

| method | address | policy |
| --- | --- | --- |
"""


@dataclass(frozen=True, slots=True, order=True)
class Declared:
    """One route and method with its policies; several must all hold."""

    path: str
    method: str
    policies: tuple[str, ...]


def declared(app: FastAPI) -> list[Declared]:
    """Return all routes of the application with what they declare."""
    found = [
        Declared(route.path or "", method, tuple(dict.fromkeys(_policies(route.dependant))))
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        for method in sorted(route.methods or ())
    ]
    return sorted(found)


def application(folder: Path) -> FastAPI:
    """Build the application on an empty database, to look at its routes."""
    return create_app(settings_for(folder), Database(f"sqlite:///{folder / 'routes.db'}"))


def text(routes: list[Declared]) -> str:
    """Return the page of the documents."""
    return HEAD + "".join(
        f"| {each.method} | `{each.path}` | {' · '.join(each.policies)} |\n" for each in routes
    )


def _policies(dependant: Dependant) -> Iterator[str]:
    policy = getattr(dependant.call, "policy", None)
    if policy is not None:
        yield policy
    for each in dependant.dependencies:
        yield from _policies(each)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        PAGE.write_text(text(declared(application(Path(folder)))), "utf-8")
