"""For watchers: is this process able to answer, and is the whole alive?"""

from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.responses import JSONResponse

from api.dependencies import CurrentEdge, Now, anyone
from portfolio import migrating, schedule
from portfolio.alerts import queries
from portfolio.errors import Unavailable

router = APIRouter(tags=["health"])


@router.get("/healthz", dependencies=[anyone("watchers ask whether the process lives")])
def healthz(edge: CurrentEdge, now: Now) -> dict[str, Any]:
    """Answer 200 while the process lives; `scheduler` says when the timed jobs last did anything. No counts."""
    try:
        with edge.database.reading() as db:
            beat, last, following = queries.times(db, now)
    except (sa.exc.SQLAlchemyError, Unavailable):
        return {"status": "ok", "scheduler": None}  # what `readyz` is asked for
    return {
        "status": "ok",
        "scheduler": {"heartbeat": beat, "stale": schedule.is_stale(beat, now), "last_run": last, "next_run": following},
    }  # fmt: skip


@router.get("/readyz", dependencies=[anyone("watchers ask whether the database answers")])
def readyz(edge: CurrentEdge) -> JSONResponse:
    """Answer 200 when this process reaches a migrated database, else 503."""
    try:
        ready = migrating.current(edge.database) == migrating.newest()
    except Unavailable:
        ready = False
    return JSONResponse({"status": "ready" if ready else "not ready"}, 200 if ready else 503)
