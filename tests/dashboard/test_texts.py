"""Both languages are complete, and every word that code asks for is in the catalogue."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import dashboard
from dashboard.texts import CATALOGUE, text

_USED = re.compile(r"""(?:text|words)\(\s*f?"([a-z_0-9{}.]+)\"""")


def _places(words: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(words) if name}


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_text_has_both_languages_with_the_same_places(key: str) -> None:
    zh, en = CATALOGUE[key]
    assert zh.strip()
    assert en.strip()
    assert _places(zh) == _places(en)


@pytest.mark.parametrize("key", [key for key in CATALOGUE if key != "language_switch"])
def test_the_english_of_a_text_has_no_chinese(key: str) -> None:
    assert not re.search(r"[一-鿿]", CATALOGUE[key][1])


def test_every_text_the_code_names_exists() -> None:
    folder = Path(dashboard.__file__).parent
    for path in folder.rglob("*.py"):
        for key in _USED.findall(path.read_text("utf-8")):
            if "{" in key:
                assert any(known.startswith(key.split("{")[0]) for known in CATALOGUE), f"{path.name}: {key}"
            else:
                assert key in CATALOGUE, f"{path.name}: {key}"


def test_places_are_filled() -> None:
    assert text("replay", "zh", at="2015-02-09 08:12", speed="60") == "回放 2015-02-09 08:12 ×60"
