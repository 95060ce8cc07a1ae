"""Settings: the template is the defaults, and nothing unknown is let through."""

from dataclasses import asdict
from pathlib import Path

import pytest

from config.sections import Status
from config.settings import Settings, load, write_template
from gateway.domain.errors import InputError
from gateway.domain.schedule import RetryPolicy
from gateway.services.status_facts import Limits


def _load(home: Path, text: str) -> Settings:
    (home / "palang.toml").write_text(text)
    return load(home)


def test_the_template_holds_exactly_the_defaults(tmp_path: Path) -> None:
    write_template(tmp_path, private=False)
    assert load(tmp_path) == Settings(tmp_path)
    assert load(tmp_path).retry.policy() == RetryPolicy()


def test_a_template_never_overwrites(tmp_path: Path) -> None:
    write_template(tmp_path, private=True)
    with pytest.raises(InputError, match="there already"):
        write_template(tmp_path, private=False)
    assert load(tmp_path).allow_private_addresses


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stat = 'x'", "stat is not a setting"),
        ("home = 'x'", "home is not a setting"),
        ("[retry]\nfirst = 1", "retry: first is not a setting"),
        ("[retry]\nfirst_seconds = '60'", "first_seconds: expected int, got str"),
        ("[retry]\nfirst_seconds = true", "expected int, got bool"),
        ("[worker]\nthreads = 0", "threads: expected at least 1"),
        ("retry = 5", "retry: a table is expected"),
        ("state = ", "not readable as TOML"),
    ],
)
def test_each_wrong_setting_is_named_with_its_path(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        _load(tmp_path, text)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert "palang init" in caught.value.hint


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    settings = _load(tmp_path, "state = 'db'\nunlock = ''\n")
    assert settings.high_water_file == tmp_path / "db" / "high-water.json"
    assert settings.database_url == f"sqlite:///{tmp_path / 'db' / 'palang.sqlite'}"
    assert settings.unlock_file is None


def test_status_thresholds_are_those_of_the_service() -> None:
    assert asdict(Status()) == asdict(Limits())
