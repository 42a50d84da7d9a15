"""For watchers: is this process able to answer, and is the whole alive?"""

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.dependencies import CurrentEdge, anyone
from portfolio import migrating
from portfolio.errors import Unavailable

router = APIRouter(tags=["health"])


@router.get("/healthz", dependencies=[anyone("watchers ask whether the process lives")])
def healthz() -> dict[str, str]:
    """Answer 200 while the process lives."""
    return {"status": "ok"}


@router.get("/readyz", dependencies=[anyone("watchers ask whether the database answers")])
def readyz(edge: CurrentEdge) -> JSONResponse:
    """Answer 200 when this process reaches a migrated database, else 503."""
    try:
        ready = migrating.current(edge.database) == migrating.newest()
    except Unavailable:
        ready = False
    return JSONResponse({"status": "ready" if ready else "not ready"}, 200 if ready else 503)
