"""The tree of areas: spans, children and ancestors agree, and an unknown code finds a known place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.areas import Area, AreaTree, code_level, prefixes
from schemas.errors import PackError


def area(code: str, parent: str | None, level: str = "grid") -> Area:
    return Area(code, f"名{code}", f"Name {code}", parent, level)


NESTED = AreaTree(
    [
        area("370403", None, "district"),
        area("370403001", "370403", "town"),
        area("370403001001", "370403001", "village"),
        area("370403001001007", "370403001001"),
        area("370403002", "370403", "town"),
    ],
    nested=True,
)


@st.composite
def trees(draw: st.DrawFn) -> AreaTree:
    """Any tree of 1 to 30 areas, its rows in any order."""
    size = draw(st.integers(1, 30))
    parents: list[str | None] = [None]
    parents += [str(draw(st.integers(0, index - 1))) for index in range(1, size)]
    rows = [area(str(index), parent, level=f"at {index % 3}") for index, parent in enumerate(parents)]
    return AreaTree(draw(st.permutations(rows)))


@given(trees())
def test_a_span_is_the_area_and_all_below_it(tree: AreaTree) -> None:
    for node in tree.areas:
        low, high = tree.span(node.code)
        below = {other.code for other in tree.areas[low:high]}
        assert below == {other.code for other in tree.areas if node in tree.ancestors(other.code)}
        assert tree.areas[tree.position(node.code)] is node
        assert all(tree.within(code, node.code) for code in below)


@given(trees())
def test_children_partition_what_is_below(tree: AreaTree) -> None:
    for node in tree.areas:
        low, high = tree.span(node.code)
        spans = [tree.span(child.code) for child in tree.children(node.code)]
        edges = [low + 1, *[end for _, end in spans]]
        assert [start for start, _ in spans] == edges[:-1]
        assert edges[-1] == high


@given(trees())
def test_ancestors_lead_from_the_root_to_the_area(tree: AreaTree) -> None:
    for node in tree.areas:
        path = tree.ancestors(node.code)
        assert path[0] is tree.root
        assert path[-1] is node
        assert [below.parent for below in path[1:]] == [above.code for above in path[:-1]]


@given(trees())
def test_a_known_code_resolves_to_itself(tree: AreaTree) -> None:
    assert all(tree.resolve(node.code) == node.code for node in tree.areas)
    assert tree.resolve("elsewhere") == tree.root.code
    assert ("elsewhere" in tree, len(tree)) == (False, len(tree.areas))


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("370403001001007", "370403001001007"),
        ("370403001001007003", "370403001001007"),  # a micro-grid
        ("370403001001008", "370403001001"),
        ("370403001999", "370403001"),
        ("370403009001001", "370403"),
        ("3704030010", "370403001"),
        ("110101", "370403"),  # elsewhere: the root
        ("", "370403"),
        ("370403001001007-x", "370403001001"),
    ],
)
def test_an_unknown_code_falls_back_to_the_longest_known_prefix(code: str, place: str) -> None:
    assert NESTED.resolve(code) == place


def test_codes_that_do_not_nest_fall_back_to_the_root() -> None:
    tree = AreaTree([area("370403", None), area("370403001", "370403")])
    assert tree.resolve("370403001001") == "370403"


def test_prefixes_step_through_micro_grids_then_the_official_codes() -> None:
    assert list(prefixes("370403001001007003", 3)) == [
        "370403001001007", "370403001001", "370403001", "370403", "370400",
    ]  # fmt: skip
    assert list(prefixes("37040300100107", 2)) == ["370403001001", "370403001", "370403", "370400"]
    assert list(prefixes("370403001001007", 0)) == ["370403001001", "370403001", "370403", "370400"]
    assert list(prefixes("37", 3)) == []


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("370400", "city"),
        ("370403", "district"),
        ("370403001", "street"),
        ("370403100", "town"),
        ("370403200", "township"),
        ("370406405", "zone"),
        ("370403001001", "village"),
        ("370403001001007", "grid"),
        ("370403001001007003", "grid"),
    ],
)
def test_a_code_tells_its_step(code: str, level: str) -> None:
    assert code_level(code) == level


@pytest.mark.parametrize(
    "code", ["", "3704", "370403000", "370403999", "37040300100100", "３７０４０３", "37040a"]
)
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(PackError, match="neither"):
        code_level(code)


def test_the_grid_suffix_is_local_practice() -> None:
    assert code_level("37040300100107", grid_suffix=2) == "grid"
    with pytest.raises(PackError):
        code_level("370403001001007", grid_suffix=2)


@pytest.mark.parametrize(
    ("areas", "message"),
    [
        ([], "exactly one root"),
        ([area("a", None), area("b", None)], "found 2"),
        ([area("a", None), area("a", "a")], "twice"),
        ([area("a", None), area("b", "nowhere")], "'b' hangs on parent 'nowhere'"),
        ([area("a", None), area("b", "c"), area("c", "b")], "leads nowhere"),
    ],
)
def test_a_broken_tree_is_refused(areas: list[Area], message: str) -> None:
    with pytest.raises(PackError, match=message):
        AreaTree(areas)


def test_levels_are_told_in_order_of_depth() -> None:
    assert NESTED.levels == ("district", "town", "village", "grid")


def test_a_label_falls_back_to_the_name() -> None:
    assert (NESTED.root.label("zh"), NESTED.root.label("en")) == ("名370403", "Name 370403")
    assert Area("a", "名", "", None, "grid").label("en") == "名"
