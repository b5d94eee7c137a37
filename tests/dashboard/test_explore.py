"""What explore adds: filters in the address, tables of children and of two areas, files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.figures.table import table
from dashboard.readings import Only
from dashboard.scope import ScopeError, Scopes
from dashboard.view import View
from schemas.indicators import indicators
from schemas.packs import Pack

Make = Callable[..., View]


def test_a_filter_lives_in_every_link(view: Make) -> None:
    seen = view(category="hazard", channel="", show="table")
    assert seen.scope.to(area="T1").href == (
        "/area/T1?indicator=events_reported&window=7d&lang=zh&category=hazard&show=table"
    )
    assert seen.scope.to(page="wall").href == "/wall?area=D&indicator=events_reported&window=7d&lang=zh"


def test_an_entry_that_does_not_exist_is_an_error(scopes: Scopes) -> None:
    for name in ("category", "channel"):
        with pytest.raises(ScopeError, match="no entry nothing"):
            scopes.read({name: "nothing", "lang": "en"})
    with pytest.raises(ScopeError, match="No area X"):
        scopes.read({"compare": "X", "lang": "en"})


def test_a_category_is_filtered_with_those_below_it(scopes: Scopes, pack: Pack) -> None:
    below = {c.code for c in pack.settings.categories if c.parent == "hazard"}
    assert scopes.only(scopes.read({"category": "hazard"})) == Only(tuple(sorted({"hazard", *below})))
    assert scopes.only(scopes.read({})) is None


def test_the_table_has_the_children_and_their_unassigned_part(view: Make) -> None:
    found: Any = table(view(show="table", area="D"))
    assert [row["key"] for row in found["rows"]] == ["T1", "T2", "D/unassigned"]
    assert [column["key"] for column in found["columns"]] == [i.name for i in indicators("events")]
    reported = [row["cells"][0]["sort"] for row in found["rows"]]
    assert sum(reported) == view().reading("D", "events_reported").value  # type: ignore[union-attr]
    assert found["files"][0]["href"] == "/api/v1/areas/D/table.csv?window=7d"


def test_two_areas_stand_side_by_side(view: Make) -> None:
    found: Any = table(view(show="compare", area="T1", lang="en"))
    assert [column["label"] for column in found["columns"]] == [
        "East Town", "Prev.", "West Town", "Prev.", "Difference",
    ]  # fmt: skip
    assert found["choices"] == [["T2", "West Town"]]
    assert table(view()) is None
