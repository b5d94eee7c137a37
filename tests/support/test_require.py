"""A missing tool skips a test at a desk, never in continuous integration; missing data always skips."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.require import require, shared_data


@pytest.mark.parametrize("value", [None, "", "false"])
def test_a_missing_tool_skips_at_a_desk(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    if value is None:
        monkeypatch.delenv("CI", raising=False)
    else:
        monkeypatch.setenv("CI", value)
    with pytest.raises(pytest.skip.Exception, match="no browser"):
        require(None, "no browser")


def test_a_missing_tool_fails_in_continuous_integration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        require(False, "no browser")


def test_what_is_there_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    require("/usr/bin/chromium", "no browser")


def test_missing_data_skips_even_in_continuous_integration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GRIDPULSE_DATA", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=r"events\.csv"):
        shared_data("events.csv")
    (tmp_path / "events.csv").touch()
    assert shared_data("events.csv") == tmp_path / "events.csv"
