"""The documentation is tested: its commands run, and every indicator and every setting has its help text."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic_settings import BaseSettings

from schemas.indicators import CATALOGUE, Indicator

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

#: How each command of the README is run by a test: to its end here, with the exit statuses that are right …
RUN_HERE: dict[str, set[int]] = {
    "gridpulse --help": {0},
    "gridpulse schema --check": {0},
    "gridpulse doctor": {0, 1},  # 1 where no broker listens
    "make help": {0},
}
#: … until its screens are served, `make demo` with these ARGS …
DEMOS: dict[str, list[str]] = {
    "make demo": [],
    'make demo ARGS="--pack xuecheng"': ["--pack", "xuecheng"],
    'make demo ARGS="--from 2015-02-09T06:00 --speed 600"': ["--from", "2015-02-09T06:00", "--speed", "600"],
}
#: … or by what is named.
RUN_ELSEWHERE: dict[str, str] = {
    "make test": ".ci/run",
    "make faults": "tests/faults/test_faults.py",
}


def commands(text: str) -> list[str]:
    """The commands of the fenced sh blocks of a Markdown text: joined lines, without prompts and comments."""
    found = []
    for block in re.findall(
        r"^```(?:sh|bash|console|shell)[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL
    ):
        for line in block.replace("\\\n", " ").splitlines():
            command = " ".join(re.sub(r"(^|\s)#.*$", "", line.strip().removeprefix("$ ")).split())
            if command:
                found.append(command)
    return found


def documented() -> dict[str, Path]:
    """Every command of the README and the pages under docs, with the page it stands on."""
    pages = [*sorted((ROOT / "docs").rglob("*.md")), README]
    return {command: page for page in pages if page.exists() for command in commands(page.read_text("utf-8"))}


DOCUMENTED = documented()
IN_README = sorted(command for command, page in DOCUMENTED.items() if page == README)
OF_GRIDPULSE = sorted(
    re.sub(r'^make (demo|bench) ARGS="(.*)"$', r"gridpulse \1 \2", command)
    for command in DOCUMENTED
    if command.startswith(("gridpulse ", "make demo ARGS=", "make bench ARGS="))
)


@pytest.mark.parametrize("command", IN_README)
def test_a_command_of_the_readme_is_run_by_a_test(command: str) -> None:
    assert command in {**RUN_HERE, **DEMOS, **RUN_ELSEWHERE}, f"say in {Path(__file__).name} how it is run"


@pytest.mark.parametrize("command", sorted(set(IN_README) & RUN_HERE.keys()))
def test_a_command_ends_well(command: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        shlex.split(command.replace("gridpulse", f"{sys.executable} -m gridpulse")),
        cwd=ROOT,
        env=os.environ | {"GRIDPULSE_STORE": f"chdb:///{tmp_path}/store"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode in RUN_HERE[command], ran.stdout + ran.stderr
    assert ran.stdout or command == "gridpulse schema --check"


@pytest.mark.broker
@pytest.mark.parametrize("command", sorted(set(IN_README) & DEMOS.keys()))
def test_a_demo_serves_its_screens_and_ends_when_told(command: str, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = ["--port", str(port), "--data", str(tmp_path)]
    with (tmp_path / "log").open("w+") as log:
        demo = subprocess.Popen(
            [sys.executable, "-m", "gridpulse", "demo", *DEMOS[command], *address],
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            ready = served(f"http://127.0.0.1:{port}/readyz", demo, seconds=240)
            assert ready, log.seek(0) or log.read()
            demo.send_signal(signal.SIGINT)
            assert demo.wait(60) in (0, 130, -signal.SIGINT)
        finally:
            demo.kill()
            demo.wait()


def served(url: str, process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait until the page answers 200; False where the process ends or the time runs out first."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            time.sleep(0.5)
    return False


@pytest.mark.parametrize("command", OF_GRIDPULSE)
def test_a_documented_gridpulse_command_exists_with_its_options(command: str) -> None:
    """Parsed by the command line itself, but not carried out."""
    program: Any = typer.main.get_command(importlib.import_module("gridpulse").app)
    arguments = shlex.split(re.split(r" [|>&]", command)[0])[1:]
    while (subcommands := getattr(program, "commands", None)) and arguments != ["--help"]:
        name = arguments.pop(0) if arguments else ""
        assert name in subcommands, f"there is no `{program.name} {name}`"
        program = subcommands[name]
    if "--help" not in arguments:
        program.make_context(command, arguments)


@pytest.mark.parametrize("command", sorted(c for c in DOCUMENTED if c.split()[0] == "make"))
def test_a_documented_make_target_exists(command: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r" ([a-z]+)(?= |$)", re.sub(r'\w+=("[^"]*"|\S*)', "", command))) <= targets


def test_no_table_names_a_command_the_readme_lost() -> None:
    if not README.exists():
        pytest.skip("there is no README yet")
    assert sorted({*RUN_HERE, *DEMOS, *RUN_ELSEWHERE} - set(IN_README)) == []


def test_commands_are_read_out_of_fenced_blocks() -> None:
    text = "a\n```sh\n$ make demo  # starts\n# nothing\ngridpulse import a.toml \\\n  b.csv\n```\n```python\nx\n```\n"
    assert commands(text) == ["make demo", "gridpulse import a.toml b.csv"]


@pytest.mark.parametrize("indicator", CATALOGUE, ids=lambda indicator: indicator.name)
def test_an_indicator_has_its_help_in_both_languages(indicator: Indicator) -> None:
    page = (ROOT / "docs/indicators.md").read_text("utf-8")
    (section,) = re.findall(rf"^### {indicator.name}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
    for language in ("zh", "en"):
        assert indicator.label(language) in section
        assert indicator.formula(language) in section


def settings_classes() -> list[type[BaseSettings]]:
    """Every settings class of the product."""
    found: dict[type[BaseSettings], None] = {}
    for path in sorted(ROOT.glob("*/settings.py")):
        module = importlib.import_module(f"{path.parent.name}.settings")
        for _, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, BaseSettings) and value.__module__.split(".")[0] in (
                "schemas",
                "streams",
                "dashboard",
            ):
                found[value] = None
    return list(found)


@pytest.mark.parametrize("settings", settings_classes(), ids=lambda settings: settings.__name__)
def test_every_setting_has_its_help_text(settings: type[BaseSettings]) -> None:
    assert settings.__doc__
    assert [name for name, field in settings.model_fields.items() if not field.description] == []


def test_every_setting_the_pages_speak_of_exists() -> None:
    known = {
        f"{settings.model_config.get('env_prefix', '')}{name}".upper()
        for settings in settings_classes()
        for name in settings.model_fields
    }
    pages = [page for page in [README, *(ROOT / "docs").rglob("*.md")] if page.exists()]
    named = {
        name for page in pages for name in re.findall(r"GRIDPULSE_[A-Z_]*[A-Z]", page.read_text("utf-8"))
    }
    assert sorted(named - known - {"GRIDPULSE_DATA", "GRIDPULSE_RISK_BARS"}) == []


def test_one_name_means_one_setting_everywhere() -> None:
    """All settings share the GRIDPULSE_ prefix: where two classes have a field of one name, it says the same."""
    told: dict[str, set[str | None]] = {}
    for settings in settings_classes():
        for name, field in settings.model_fields.items():
            told.setdefault(name, set()).add(field.description)
    assert {name: texts for name, texts in told.items() if len(texts) > 1} == {}
