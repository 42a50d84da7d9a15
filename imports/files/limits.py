"""What is looked at before anything is parsed: is it a workbook, is it small enough, does it hide a bomb."""

import zipfile
from dataclasses import dataclass
from io import BytesIO

from imports.files.sheets import Unreadable


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read at most. Sizes in bytes."""

    file: int = 20_000_000
    unpacked: int = 300_000_000
    ratio: int = 200
    ratio_from: int = 5_000_000  # smaller parts may be as dense as they like
    parts: int = 2_000
    sheets: int = 60
    rows: int = 60_000
    columns: int = 400
    cells: int = 1_200_000


DEFAULT = Limits()
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_MB = 1_000_000


def check(content: bytes, limits: Limits = DEFAULT) -> tuple[str, ...]:
    """Return what is left aside (macros, external links); raises Unreadable with a sentence."""
    if not content:
        raise Unreadable("这个文件是空的。请检查后重新选择。")
    if len(content) > limits.file:
        raise Unreadable(f"文件超过 {limits.file // _MB} MB。请删去图片和无关的工作表，或分成几个文件。")
    if content.startswith(_OLE):
        raise Unreadable("这个文件有密码，或者是旧版 .xls。请去掉密码，另存为 .xlsx 后再传。")
    if not content.startswith(b"PK"):
        raise Unreadable("这不是 Excel 工作簿。请传 .xlsx 文件；CSV 等请先用 Excel 另存为 .xlsx。")
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            return _look_inside(packed, limits)
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("这个文件已损坏，打不开。请用 Excel 打开并另存一次再传。") from error


def _look_inside(packed: zipfile.ZipFile, limits: Limits) -> tuple[str, ...]:
    parts = packed.infolist()
    names = {each.filename.lower() for each in parts}
    if len(parts) > limits.parts:
        raise Unreadable("这个文件的内部部件太多，不像正常的工作簿。请另存一次再传。")
    if any(each.flag_bits & 1 for each in parts):
        raise Unreadable("这个文件有密码。请去掉密码后再传。")
    if "xl/workbook.bin" in names:
        raise Unreadable("这是 .xlsb 文件。请用 Excel 另存为 .xlsx 后再传。")
    if "xl/workbook.xml" not in names:
        raise Unreadable("这不是 Excel 工作簿。请传 .xlsx 文件。")
    _refuse_bombs(parts, limits)
    _refuse_entities(packed, parts)
    return tuple(_notices(names))


def _refuse_bombs(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    if sum(each.file_size for each in parts) > limits.unpacked:
        raise Unreadable(f"这个文件解开后超过 {limits.unpacked // _MB} MB。请分成几个文件。")
    for each in parts:
        if each.file_size > limits.ratio_from and each.file_size > limits.ratio * max(each.compress_size, 1):
            raise Unreadable("这个文件压缩得异常紧，像是压缩炸弹，没有打开。请用 Excel 另存一次再传。")


def _refuse_entities(packed: zipfile.ZipFile, parts: list[zipfile.ZipInfo]) -> None:
    """No workbook program writes a DOCTYPE; the parser refuses what hides further down."""
    for each in parts:
        if each.filename.lower().endswith((".xml", ".rels")):
            with packed.open(each) as part:
                if b"<!DOCTYPE" in part.read(4096).replace(b"\0", b"").upper():
                    raise Unreadable("这个文件里有外部实体，没有打开。请用 Excel 另存一次再传。")


def _notices(names: set[str]) -> list[str]:
    found = []
    if "xl/vbaproject.bin" in names:
        found.append("文件里的宏没有运行，也没有读。")
    if any(name.startswith("xl/externallinks/") for name in names):
        found.append("文件里链接到别的工作簿的部分没有去取，用的是存下来的数。")
    return found
