"""The browser's modules: each parses, and what they decide by themselves is tested by Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.require import require

ROOT = Path(__file__).parents[1]
NODE = shutil.which("node")
MODULES = sorted((ROOT / "dashboard/assets/js").glob("*.js"))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    require(NODE, "no Node on this machine")
    return subprocess.run(
        [str(NODE), *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_parses(module: Path, tmp_path: Path) -> None:
    copy = tmp_path / f"{module.stem}.mjs"
    copy.write_text(module.read_text("utf-8"), "utf-8")
    found = run("--check", str(copy))
    assert (found.returncode, found.stderr) == (0, "")


def test_what_the_modules_decide() -> None:
    tests = [str(path) for path in sorted((ROOT / "tests/js").glob("*.test.mjs"))]
    found = run("--experimental-default-type=module", "--test", *tests)
    assert found.returncode == 0, found.stdout + found.stderr
