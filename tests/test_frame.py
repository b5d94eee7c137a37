"""The repository's frame: licence, locked requirements, and a Makefile that does what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def locked(name: str) -> dict[str, set[str]]:
    """The versions a lock file pins, by distribution (several where they depend on the Python version)."""
    pins: dict[str, set[str]] = {}
    for package, version in re.findall(
        r"^([a-z0-9-]+)==(\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE
    ):
        pins.setdefault(package, set()).add(version)
    return pins


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.lock", PROJECT["dependencies"]),
        ("requirements-dev.lock", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]),
    ],
)
def test_every_requirement_is_locked_at_a_version_it_allows(lock: str, wanted: list[str]) -> None:
    pins = locked(lock)
    for requirement in map(Requirement, wanted):
        versions = pins.get(requirement.name.lower().replace("_", "-"), set())
        assert versions, f"{requirement.name} is not in {lock}: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_pin_has_hashes(lock: str) -> None:
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_both_locks_agree() -> None:
    runtime, development = locked("requirements.lock"), locked("requirements-dev.lock")
    assert {name: pins for name, pins in runtime.items() if development.get(name) != pins} == {}


def test_the_licence_is_the_declared_one() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("script", [".ci/run", ".ci/system"])
def test_a_script_can_be_run_and_stops_at_its_first_error(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & 0o111
    assert "set -euo pipefail" in path.read_text("utf-8")
    subprocess.run(["bash", "-n", str(path)], check=True)


@pytest.mark.parametrize(
    "target", ["demo", "test", "lint", "bench", "faults", "soak", "schema", "lock", "clean"]
)
def test_every_target_is_listed_by_make(target: str) -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert f"make {target} - " in listed.stdout
    subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=True)


def test_make_demo_passes_its_arguments_on() -> None:
    shown = subprocess.run(
        ["make", "--dry-run", "demo", "ARGS=--pack boston"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.splitlines()[-1].endswith("gridpulse demo --pack boston")


def test_arrow_takes_its_memory_where_everything_else_does() -> None:
    asked = "import gridpulse, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    without = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    told = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, env=without, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "system"
