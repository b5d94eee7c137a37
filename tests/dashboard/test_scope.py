"""A scope is what an address says, within the viewer's area and nothing outside it."""

from __future__ import annotations

import pytest

from dashboard.scope import Scope, ScopeError, Scopes
from dashboard.settings import DashboardSettings
from schemas.errors import ConfigError
from schemas.packs import Pack


def test_an_empty_address_is_home(scopes: Scopes) -> None:
    assert scopes.read({}) == scopes.home == Scope("D", "7d", "events_reported", "zh", "leaves")


def test_an_address_leads_to_the_scope_that_made_it(scopes: Scopes) -> None:
    scope = Scope("T1", "30d", "closing_rate", "en", "children")
    assert scope.href == "/area/T1?indicator=closing_rate&window=30d&lang=en&detail=children"
    assert scopes.read(scope.plain()) == scope


def test_statistics_are_drawn_by_the_parts_they_come_by_where_nobody_can_choose(scopes: Scopes) -> None:
    page, explore = scopes.read({"page": "statistics"}), scopes.read({"indicator": "hotline_rate"})
    assert (page.drawn, page.to(indicator="satisfaction").drawn) == ("children", "leaves")
    assert (explore.drawn, explore.to(detail="children").drawn) == ("leaves", "children")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ({"area": "nowhere"}, 404),
        ({"indicator": "luck"}, 422),
        ({"window": "90d"}, 422),
        ({"indicator": 7}, 422),
    ],
)
def test_what_does_not_exist_is_said_plainly(scopes: Scopes, address: dict[str, object], status: int) -> None:
    with pytest.raises(ScopeError) as caught:
        scopes.read(address)
    assert caught.value.status == status


def test_a_viewer_sees_nothing_outside_its_area(pack: Pack) -> None:
    scopes = Scopes(pack, DashboardSettings(viewer_area="T1"))
    assert scopes.home.area == "T1"
    assert scopes.area("T1-2") == "T1-2"
    assert scopes.ancestors("T1-2") == ("T1", "T1-2")
    for outside in ("D", "T2", "T2-1"):
        with pytest.raises(ScopeError, match=outside):
            scopes.area(outside)


def test_the_frame_of_a_leaf_is_its_parent_but_never_above_the_viewer(pack: Pack, scopes: Scopes) -> None:
    assert [scopes.frame(code) for code in ("D", "T1", "T1-1")] == ["D", "T1", "T1"]
    assert Scopes(pack, DashboardSettings(viewer_area="T1-1")).frame("T1-1") == "T1-1"


@pytest.mark.parametrize("wrong", [{"viewer_area": "nowhere"}, {"indicator": "luck"}])
def test_settings_that_do_not_fit_the_pack_are_refused_at_the_start(
    pack: Pack, wrong: dict[str, str]
) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong.values()))):
        Scopes(pack, DashboardSettings.model_validate(wrong))


def test_the_packs_language_holds_where_nothing_else_is_said(pack: Pack) -> None:
    assert Scopes(pack, DashboardSettings()).home.language == "zh"
    assert Scopes(pack, DashboardSettings(language="en")).home.language == "en"
    assert Scopes(pack, DashboardSettings()).read({"lang": "fr"}).language == "zh"
