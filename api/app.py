"""The application: made from settings and a database; middleware, routers, lifespan."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

import anyio.to_thread
from fastapi import Depends, FastAPI
from starlette.staticfiles import StaticFiles

from api import errors, health
from api.dependencies import Edge, own_form
from api.pages import (
    account,
    alert_rules,
    alerts,
    baselines,
    calendar,
    duties,
    home,
    indicators,
    mail_links,
    manage,
    milestones,
    operations,
    organisation_list,
    organisations,
    pauses,
    people,
    plan,
    project_forms,
    projects,
    sign_in,
    styleguide,
    workbooks,
)
from api.pages import (
    audit as audit_pages,
)
from api.rest import projects as rest_projects
from api.security import Guard
from api.ticker import Ticker
from portfolio import audit, logs
from portfolio.database import POOL_SIZE, Database
from portfolio.settings import Settings
from portfolio.signing import Purpose, key_ring

MAX_BODY = 1_000_000
ROUTERS = (
    health.router,
    sign_in.router,
    account.router,
    alert_rules.router,  # before alerts: /alerts/rules is no alert
    alerts.router,
    mail_links.router,
    operations.router,
    calendar.router,
    project_forms.router,  # before projects: /projects/new is no project
    manage.router,
    organisation_list.router,  # before organisations: /manage/organisations/import is no unit
    organisations.router,
    people.router,
    audit_pages.router,
    projects.router,
    indicators.router,
    plan.router,
    styleguide.router,
    workbooks.router,
    home.router,
    duties.router,
    milestones.router,
    baselines.router,
    pauses.router,
    rest_projects.router,
)


def create_app(
    settings: Settings, database: Database, *, loopback: bool = False, ticking: bool = False
) -> FastAPI:
    """Build the application; `loopback`: bound to this machine alone, `ticking`: it runs the timed jobs too."""
    audit.use_keys(key_ring(settings, Purpose.AUDIT))
    logs.configure()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # As many threads as connections: more would only wait for one another.
        anyio.to_thread.current_default_thread_limiter().total_tokens = POOL_SIZE
        jobs = Ticker(database, settings) if ticking else None
        if jobs is not None:
            jobs.start()
        yield
        if jobs is not None:
            await anyio.to_thread.run_sync(jobs.stop)
        database.dispose()

    app = FastAPI(
        title="portfolio",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=MAX_BODY,
        dependencies=[Depends(own_form)],
    )
    app.state.edge = Edge(settings, database, loopback)
    errors.install(app)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=str(files("templates").joinpath("static"))), name="static")
    app.add_middleware(Guard, settings=settings, loopback=loopback)
    return app
