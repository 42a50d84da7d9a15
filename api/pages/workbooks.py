"""The pages of workbooks: out with filters, in with a preview, written as a whole, taken back as a whole."""

from collections.abc import Callable
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import CurrentActor, CurrentEdge, Now, Reading, Today, Writing, needs, on_refusal
from api.html import page, see
from imports import pipeline
from imports.apply import record
from imports.apply.work import Choice, Decision
from imports.exports import send
from imports.exports.marked import marked
from imports.exports.send import Form as FileForm
from imports.exports.send import Order
from imports.fields import WorkbookKind
from imports.files.sheets import ReadBook
from imports.layouts.base import View
from imports.layouts.sheet import Wanted
from imports.pipeline import Received
from portfolio.access import Permission
from portfolio.errors import Invalid, PortfolioError
from portfolio.finance.reference import Source, name_of
from portfolio.signing import KeyRing, Purpose, key_ring

MOST = 21_000_000  # a little above the limit that the sentence names
router = APIRouter(prefix="/workbooks")
_MAY_IMPORT = [needs(Permission.IMPORT_WORKBOOKS)]
_MAY_EXPORT = [needs(Permission.EXPORT)]
_MAY_SEE = [needs(Permission.SEE_IMPORTS)]


def _ring(held: CurrentEdge) -> KeyRing:
    return key_ring(held.settings, Purpose.WORKBOOK)


def _view(actor: CurrentActor, today: Today) -> View:
    return View(actor, today)


Ring = Annotated[KeyRing, Depends(_ring)]
CurrentView = Annotated[View, Depends(_view)]


def _sent(file: Annotated[UploadFile, File()]) -> tuple[Received, ReadBook | str]:
    """Take the upload and parse it in a child, before any transaction is open."""
    name = PureWindowsPath(PurePosixPath(file.filename or "").name).name or "workbook.xlsx"
    received = Received(name, file.file.read())
    return received, pipeline.read(received)


def _read_again(held: CurrentEdge, actor: CurrentActor, code: str) -> ReadBook | str:
    """Parse a batch's file anew, in a session of its own that is closed before the route's opens."""
    with held.database.reading() as db:
        received = pipeline.as_sent(db, actor, code)
    return pipeline.read(received)


Sent = Annotated[tuple[Received, ReadBook | str], Depends(_sent)]
Again = Annotated[ReadBook | str, Depends(_read_again)]


def _redrawing(request: Request, held: CurrentEdge, view: CurrentView) -> Callable[[str], None]:
    """Say how a batch's page is drawn again around what was refused."""

    def prepare(code: str) -> None:
        def draw(error: PortfolioError) -> Response:
            with held.database.reading() as db:
                shown = record.one(db, view, code)
            return page(request, "pages/workbooks/show.html", batch=shown, refusal=error.message)

        on_refusal(request, draw)

    return prepare


Redraw = Annotated[Callable[[str], None], Depends(_redrawing)]


async def _decided(request: Request) -> Decision:
    """Read the choices (`choice:<cell>`), whether faulty rows are left out, and the reason."""
    form = await request.form()
    words = {name: str(value) for name, value in form.items()}
    known = {each.value for each in Choice}
    choices = {
        name.removeprefix("choice:"): Choice(value)
        for name, value in words.items()
        if name.startswith("choice:") and value in known
    }
    return Decision(choices, words.get("leave_faults") == "1", words.get("reason", ""))


class UndoForm(BaseModel):
    """Why a batch is taken back."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field("", max_length=400)


class OriginOf(BaseModel):
    """Whose sums are asked about."""

    model_config = ConfigDict(extra="ignore")
    project: str = Field(max_length=12)
    year: int = Field(ge=2000, le=2100)
    source: Source


class ExportFilter(BaseModel):
    """What is taken out; the same names as the command line's."""

    model_config = ConfigDict(extra="ignore")
    kind: WorkbookKind = WorkbookKind.BUDGETS
    form: FileForm = FileForm.XLSX
    years: str = Field("", max_length=60)
    q: str = Field("", max_length=100)
    sector: str = Field("", max_length=40)
    district: str = Field("", max_length=40)
    stage: str = Field("", max_length=40)
    project: str = Field("", max_length=12)
    blank: bool = False

    def order(self) -> Order:
        """The same as the export takes it; raises Invalid for something that is no year."""
        words = self.years.replace("，", ",").replace("、", ",").replace(" ", ",").split(",")
        years = [word.removesuffix("年") for word in words if word]
        if not all(year.isdigit() and 2000 <= int(year) <= 2100 for year in years):
            raise Invalid("年份请写成 2024，几年用逗号分开。", {"years": "如 2024, 2025"})
        wanted = Wanted(
            self.q, self.sector, self.district, self.stage, self.project, tuple(int(year) for year in years)
        )
        return Order(self.kind, self.form, wanted, self.blank)


@router.get("", dependencies=_MAY_EXPORT)
def index(
    request: Request, db: Reading, view: CurrentView, asked: Annotated[ExportFilter, Query()]
) -> Response:
    """Offer the way in and the way out, and list the batches one sent."""
    return page(request, "pages/workbooks/index.html", asked=asked, **record.desk(db, view))


@router.get("/file", dependencies=_MAY_EXPORT)
def file(
    db: Reading, view: CurrentView, ring: Ring, now: Now, asked: Annotated[ExportFilter, Query()]
) -> Response:
    """Send the workbook that was asked for."""
    parcel = send.take_out(db, view.actor, asked.order(), ring, today=view.today, now=now)
    return _download(parcel.content, parcel.name, parcel.media_type)


@router.get("/origin", dependencies=[needs(Permission.SEE_MONEY)])
def origin(request: Request, db: Reading, view: CurrentView, asked: Annotated[OriginOf, Query()]) -> Response:
    """Show where a project's sums of a year and source came from: file, cell, person, time."""
    name, lines = record.origins(db, view, asked.project, asked.year, asked.source)
    return page(
        request,
        "pages/workbooks/origin.html",
        asked=asked,
        name=name,
        lines=lines,
        source=name_of(asked.source),
    )


@router.post("", dependencies=_MAY_IMPORT, max_body_size=MOST)
def receive(db: Writing, view: CurrentView, ring: Ring, now: Now, sent: Sent) -> Response:
    """Keep an uploaded workbook and what it would change; nothing of it is written."""
    received, book = sent
    batch = pipeline.receive(db, view, received, book, ring, now=now)
    return see(f"/workbooks/{batch.code}")


@router.get("/{code}", dependencies=_MAY_SEE)
def show(request: Request, db: Reading, view: CurrentView, code: str) -> Response:
    """Show what a batch would change, or what it changed."""
    return page(request, "pages/workbooks/show.html", batch=record.one(db, view, code), refusal="")


@router.post("/{code}/apply", dependencies=_MAY_IMPORT)
def confirm(
    db: Writing, view: CurrentView, ring: Ring, now: Now, redraw: Redraw, code: str, book: Again,
    decision: Annotated[Decision, Depends(_decided)],
) -> Response:  # fmt: skip
    """Write a batch as a whole."""
    redraw(code)
    pipeline.confirm(db, view, code, book, ring, decision, now=now)
    return see(f"/workbooks/{code}")


@router.post("/{code}/look", dependencies=_MAY_IMPORT)
def look_again(db: Writing, view: CurrentView, ring: Ring, code: str, book: Again) -> Response:
    """Compare the file with what stands in the database now."""
    pipeline.look_again(db, view, code, book, ring)
    return see(f"/workbooks/{code}")


@router.post("/{code}/discard", dependencies=_MAY_IMPORT)
def discard(db: Writing, view: CurrentView, redraw: Redraw, code: str) -> Response:
    """Put a batch aside unwritten."""
    redraw(code)
    pipeline.discard(db, view, code)
    return see("/workbooks")


@router.post("/{code}/undo", dependencies=_MAY_IMPORT)
def undo(
    db: Writing, view: CurrentView, now: Now, redraw: Redraw, code: str, filled: Annotated[UndoForm, Form()]
) -> Response:
    """Take a batch back as a whole."""
    redraw(code)
    pipeline.take_back(db, view, code, reason=filled.reason, now=now)
    return see(f"/workbooks/{code}")


@router.get("/{code}/marked", dependencies=_MAY_SEE)
def marked_file(db: Reading, view: CurrentView, code: str) -> Response:
    """Send the sender's own file back with its problems marked."""
    sent, found = pipeline.as_sent(db, view.actor, code), record.preview(db, view, code)
    return _download(marked(sent.content, found), f"标注-{sent.name}", send.MEDIA[FileForm.XLSX])


@router.get("/{code}/original", dependencies=_MAY_SEE)
def original(db: Reading, view: CurrentView, code: str) -> Response:
    """Send the file as it was received."""
    sent = pipeline.as_sent(db, view.actor, code)
    return _download(sent.content, sent.name, send.MEDIA[FileForm.XLSX])


def _download(content: bytes, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=media_type, headers=headers)
