"""What the documents say about the code is true."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.house import settings_table
from tests.house.sources import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_table_of_settings_is_the_one_the_code_gives() -> None:
    assert settings_table.PATH.read_text("utf-8") == settings_table.draw(), "run 'make docs'"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text("utf-8"))
    assert not [link for link in links if not (document.parent / link).exists()]


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_file_that_is_named_exists(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    named = re.findall(r"`((?:portfolio|imports|api|templates|migrations|tests|docs)/[\w/.-]+\.\w+)`", text)
    assert named
    assert not [name for name in named if not (ROOT / name).exists()]


def test_every_dependency_has_its_reason() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    names = [re.split(r"[\[<>=]", each)[0] for each in asked]
    assert not [name for name in names if f"`{name}`" not in text]
