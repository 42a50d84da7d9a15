"""A list of units by workbook: uploaded, compared with what stands here, written as a whole."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Request, Response, UploadFile

from api.dependencies import CurrentActor, CurrentEdge, Reading, Writing, needs, on_refusal
from api.html import page, see
from imports import pipeline
from imports.organisations import importing
from imports.organisations.listing import Listing, recognise
from imports.pipeline import Received
from portfolio import storage
from portfolio.access import Permission
from portfolio.errors import Invalid, PortfolioError
from portfolio.i18n import _

HERE = "/manage/organisations/import"
TEMPLATE = "pages/organisations/import.html"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST = 21_000_000  # a little above the limit that the sentence names
router = APIRouter(prefix=HERE, dependencies=[needs(Permission.MANAGE_PEOPLE)])


def _sent(request: Request, file: Annotated[UploadFile, File()]) -> bytes:
    """Take the upload and parse it in a child, before any transaction is open; raises Invalid."""
    on_refusal(request, lambda error: _drawn(request, error))
    content = file.file.read()
    _listing(content)
    return content


def _kept(held: CurrentEdge, sha256: str) -> Listing:
    """Parse the kept file anew, in a session of its own; raises NotFound, Invalid."""
    with held.database.reading() as db:
        content = storage.by_hash(db, sha256)
    return _listing(content)


Sent = Annotated[bytes, Depends(_sent)]
Kept = Annotated[Listing, Depends(_kept)]


@router.post("", max_body_size=MOST)
def receive(db: Writing, content: Sent) -> Response:
    """Keep an uploaded list; nothing of it is written."""
    return see(f"{HERE}/{storage.keep(db, content, MEDIA_TYPE).sha256}")


@router.get("/{sha256}")
def show(request: Request, db: Reading, actor: CurrentActor, sha256: str, listing: Kept) -> Response:
    """Show what a list would change."""
    return _drawn(request, None, plan=importing.plan(db, actor, listing), sha256=sha256)


@router.post("/{sha256}")
def confirm(
    request: Request, db: Writing, held: CurrentEdge, actor: CurrentActor, sha256: str, listing: Kept
) -> Response:
    """Write a list as a whole."""

    def draw(error: PortfolioError) -> Response:
        with held.database.reading() as fresh:
            found = importing.plan(fresh, actor, listing)
        return _drawn(request, error, plan=found, sha256=sha256)

    on_refusal(request, draw)
    importing.apply(db, actor, listing)
    return see("/manage/organisations")


def _listing(content: bytes) -> Listing:
    book = pipeline.read(Received("list.xlsx", content))
    if isinstance(book, str):
        raise Invalid(book)
    listing = recognise(book)
    if listing is None:
        raise Invalid(_("没有找到表头：要有“机构名称”和“上级机构”两栏。请补上表头再上传。"))
    return listing


def _drawn(
    request: Request,
    error: PortfolioError | None,
    *,
    plan: importing.Plan | None = None,
    sha256: str = "",
) -> Response:
    names = {
        "parent": _("上级机构"), "short_name": _("简称"), "position": _("排序"), "aliases": _("别名"),
    }  # fmt: skip
    refusal = error.message if error else ""
    return page(request, TEMPLATE, plan=plan, sha256=sha256, names=names, refusal=refusal)
