"""The documentation is tested: its commands run, and every indicator and every setting has its help text."""

from __future__ import annotations

import importlib
import inspect
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic_settings import BaseSettings

from schemas.indicators import CATALOGUE, Indicator

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"

#: How each command of the README is run by a test: here, in a process of its own …
RUN_HERE: dict[str, list[str]] = {
    "gridpulse --help": [sys.executable, "-m", "gridpulse", "--help"],
    "gridpulse schema --check": [sys.executable, "-m", "gridpulse", "schema", "--check"],
    "make help": ["make", "help"],
}
#: … or by the test file named.
RUN_ELSEWHERE: dict[str, str] = {
    "make test": ".ci/run",
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
    pages = [README, *sorted((ROOT / "docs").rglob("*.md"))]
    return {command: page for page in pages if page.exists() for command in commands(page.read_text("utf-8"))}


DOCUMENTED = documented()
IN_README = sorted(command for command, page in DOCUMENTED.items() if page == README)
OF_GRIDPULSE = sorted(command for command in DOCUMENTED if command.split()[0] == "gridpulse")


@pytest.mark.parametrize("command", IN_README)
def test_a_command_of_the_readme_is_run_by_a_test(command: str) -> None:
    if command in RUN_ELSEWHERE:
        assert (ROOT / RUN_ELSEWHERE[command]).exists()
        return
    assert command in RUN_HERE, f"say in {Path(__file__).name} how `{command}` is run by a test"
    ran = subprocess.run(
        RUN_HERE[command], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


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
    assert sorted({*RUN_HERE, *RUN_ELSEWHERE} - set(IN_README)) == []


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


def test_one_name_means_one_setting_everywhere() -> None:
    """All settings share the GRIDPULSE_ prefix: where two classes have a field of one name, it says the same."""
    told: dict[str, set[str | None]] = {}
    for settings in settings_classes():
        for name, field in settings.model_fields.items():
            told.setdefault(name, set()).add(field.description)
    assert {name: texts for name, texts in told.items() if len(texts) > 1} == {}
