"""What every page loads stays small: style 15 KB and script 30 KB, gzipped."""

import gzip
import re
from importlib.resources import files
from pathlib import Path

import pytest

from portfolio.rendering.assets import asset, manifest

STATIC = Path(str(files("templates"))) / "static"
STYLES = sorted(STATIC.glob("css/**/*.css"))


def test_the_style_sheet_is_within_its_budget_even_before_it_is_made_small() -> None:
    assert len(gzip.compress(b"".join(each.read_bytes() for each in STYLES))) < 15_000


def test_every_style_file_is_imported_into_a_layer() -> None:
    entry = (STATIC / "css" / "app.css").read_text("utf-8")
    imported = set(re.findall(r'@import "\./([^"]+)" layer\(\w+\);', entry))
    assert imported == {str(each.relative_to(STATIC / "css")) for each in STYLES} - {"app.css"}


def test_colours_are_written_as_tokens_only() -> None:
    allowed = {"tokens.css", "print.css"}
    for each in STYLES:
        if each.name not in allowed:
            colours = set(re.findall(r"#[0-9a-f]{3,8}\b", each.read_text("utf-8")))
            assert colours <= {"#1b1d1f"}, each.name  # text on the amber fill, the same light and dark


def test_the_built_script_is_within_its_budget() -> None:
    if not manifest():
        pytest.skip("the assets are not built: make assets")
    built = STATIC / "dist" / Path(asset("app.js")).name
    assert len(gzip.compress(built.read_bytes())) < 30_000
