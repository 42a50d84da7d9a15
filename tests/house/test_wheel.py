"""One wheel holds everything: installed in an empty environment, it runs from another folder."""

import json
import os
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("api", "imports", "migrations", "portfolio", "templates")
NEEDED = (
    "migrations/versions/0001_foundation.py",
    "portfolio/locale/zh_CN/LC_MESSAGES/messages.mo",
    "templates/layout.html",
    "templates/static/dist/manifest.json",
    "imports/plans/zhengzhou-14-5/sections.csv",
)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_folder_found_is_ours_and_no_other_packages(package: str) -> None:
    beside = Path(str(files("portfolio"))).parent
    assert Path(str(files(package))) == beside / package


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _uv(
        ROOT,
        "build",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "--out-dir",
        str(folder),
        ".",
    )
    return next(folder.glob("*.whl"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NEEDED)
def test_the_wheel_carries_what_it_reads_at_run_time(wheel: Path, name: str) -> None:
    assert name in zipfile.ZipFile(wheel).namelist()


@pytest.mark.slow
def test_the_wheel_carries_neither_sources_of_assets_nor_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert not [
        name for name in names if name.startswith(("tests/", "templates/static/css/", "templates/static/js/"))
    ]


@pytest.mark.slow
def test_the_installed_wheel_makes_a_database_and_loads_the_plan_from_another_folder(
    wheel: Path, tmp_path: Path
) -> None:
    _uv(tmp_path, "venv", "-q", "--python", sys.executable, "empty")
    python = tmp_path / "empty" / "bin" / "python"
    locked = str(ROOT / "requirements" / "run.txt")
    _uv(tmp_path, "pip", "install", "-q", "--python", str(python), "--require-hashes", "-r", locked)
    _uv(tmp_path, "pip", "install", "-q", "--python", str(python), "--no-deps", str(wheel))
    _portfolio(tmp_path, "db", "upgrade")
    _portfolio(tmp_path, "plan", "load")
    assert json.loads(_portfolio(tmp_path, "plan", "load", "--json"))


def _uv(folder: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "uv", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )


def _portfolio(folder: Path, *arguments: str) -> str:
    """Run the installed command, with nothing of the checkout in its environment."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PORTFOLIO_", "PYTHON"))
    }
    command = [str(folder / "empty" / "bin" / "portfolio"), *arguments]
    done = subprocess.run(command, cwd=folder, env=kept, check=True, capture_output=True, text=True)
    return done.stdout
