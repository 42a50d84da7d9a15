"""Settings: where they come from, what is refused, and with which words."""

import stat
from pathlib import Path

import pytest

from portfolio import settings
from portfolio.errors import BadConfiguration
from portfolio.settings import Mode

KEY = "k3y-of-forty-characters-for-these-tests!"


@pytest.fixture
def env_file(tmp_path):
    return tmp_path / ".env"


def load(tmp_path: Path, env_file: Path, **given: str) -> settings.Settings:
    return settings.load({"PORTFOLIO_DATA_DIR": str(tmp_path / "data"), **given}, env_file)


def test_without_a_file_the_defaults_hold(tmp_path, env_file):
    loaded = load(tmp_path, env_file)
    assert loaded.mode is Mode.DEVELOPMENT
    assert loaded.resolved_database_url == f"sqlite:///{tmp_path / 'data' / 'portfolio.db'}"


def test_the_file_is_read_and_the_environment_wins_over_it(tmp_path, env_file):
    env_file.write_text("PORTFOLIO_MAIL_FROM=file@example.cn\nPORTFOLIO_LOG_LEVEL=DEBUG\nOTHER=1\n", "utf-8")
    loaded = load(tmp_path, env_file, PORTFOLIO_MAIL_FROM="env@example.cn")
    assert (loaded.mail_from, loaded.log_level) == ("env@example.cn", "DEBUG")


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path, env_file):
    (tmp_path / "key").write_text(KEY + "\n", "utf-8")
    env_file.write_text(f"PORTFOLIO_SECRET_KEY_FILE={tmp_path / 'key'}\n", "utf-8")
    assert load(tmp_path, env_file).secret_key.get_secret_value() == KEY


def test_a_value_of_the_environment_wins_over_a_secret_file_named_in_the_file(tmp_path, env_file):
    env_file.write_text(f"PORTFOLIO_SECRET_KEY_FILE={tmp_path / 'none'}\n", "utf-8")
    with pytest.raises(BadConfiguration, match="PORTFOLIO_SECRET_KEY_FILE"):
        load(tmp_path, env_file)
    (tmp_path / "none").write_text("x" * 40, "utf-8")
    assert load(tmp_path, env_file, PORTFOLIO_SECRET_KEY=KEY).secret_key.get_secret_value() == KEY


def test_a_misspelt_name_in_the_environment_is_an_error_that_suggests_the_right_one(tmp_path, env_file):
    with pytest.raises(
        BadConfiguration, match="没有名为 PORTFOLIO_SMTP_URI 的设置。是不是想写 PORTFOLIO_SMTP_URL"
    ):
        load(tmp_path, env_file, PORTFOLIO_SMTP_URI="smtp://localhost")


def test_a_misspelt_name_in_the_file_is_one_too_and_says_where_it_stands(tmp_path, env_file):
    env_file.write_text("PORTFOLIO_BASE_URLL=https://a.example\n", "utf-8")
    with pytest.raises(
        BadConfiguration, match=r"\.env 里没有名为 PORTFOLIO_BASE_URLL 的设置.*PORTFOLIO_BASE_URL"
    ):
        load(tmp_path, env_file)


def test_names_of_the_test_suite_are_known(tmp_path, env_file):
    env_file.write_text("PORTFOLIO_TEST_POSTGRES_URL=postgresql://x\n", "utf-8")
    assert load(tmp_path, env_file, PORTFOLIO_TEST_PLAN_TEXT="x").mode is Mode.DEVELOPMENT


def test_a_file_that_is_not_text_is_refused_in_a_sentence(tmp_path, env_file):
    env_file.write_bytes("PORTFOLIO_MAIL_FROM=局@example.cn".encode("gb18030"))
    with pytest.raises(BadConfiguration, match="请检查权限，并用 UTF-8 保存"):
        load(tmp_path, env_file)


def test_a_wrong_value_is_named_without_being_shown(tmp_path, env_file):
    with pytest.raises(BadConfiguration, match="PORTFOLIO_MODE") as raised:
        load(tmp_path, env_file, PORTFOLIO_MODE="s3cret-typed-into-the-wrong-place")
    assert "s3cret" not in f"{raised.value} {raised.value.__cause__}"


def test_outside_production_a_secret_is_made_once_and_kept_for_its_owner_alone(tmp_path, env_file):
    first = load(tmp_path, env_file).secret_key
    assert load(tmp_path, env_file).secret_key == first
    assert stat.S_IMODE((tmp_path / "data" / "secret.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("key", ["", "short", "a" * 60])
def test_production_refuses_to_start_without_a_strong_key(tmp_path, env_file, key):
    with pytest.raises(BadConfiguration, match="PORTFOLIO_SECRET_KEY"):
        load(tmp_path, env_file, PORTFOLIO_MODE="production", PORTFOLIO_SECRET_KEY=key)
