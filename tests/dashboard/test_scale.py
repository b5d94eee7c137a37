"""The ramp: bad is hot in either direction, red needs a threshold, no data is no step."""

from __future__ import annotations

from dashboard.figures import theme
from dashboard.figures.scale import Scale, alarm, scale
from schemas.indicators import BY_NAME
from schemas.packs import Threshold

REPORTED, OVERDUE, CLOSING = BY_NAME["events_reported"], BY_NAME["overdue_open"], BY_NAME["closing_rate"]
CLOSED_WELL = Threshold(yellow=0.95, red=0.9)


def test_no_data_is_no_step() -> None:
    assert scale(REPORTED, [None, None], None).step(None) == -1
    assert scale(REPORTED, [None, 3, 9], None).step(None) == -1


def test_an_amount_is_neither_good_nor_bad() -> None:
    ramp = scale(REPORTED, range(101), None)
    assert set(ramp.colours) <= set(theme.AMOUNT)
    assert ramp.step(0) == 0
    assert ramp.colours[ramp.step(100)] == theme.AMOUNT[-1]


def test_bounds_of_counts_are_whole_and_ascending() -> None:
    for top in range(1, 40):
        bounds = scale(OVERDUE, range(top + 1), None).bounds
        assert all(bound == int(bound) for bound in bounds)
        assert sorted(set(bounds)) == list(bounds)


def test_being_last_is_no_alarm_without_a_threshold() -> None:
    assert theme.JUDGED[-1] not in scale(OVERDUE, range(100), None).colours
    assert scale(OVERDUE, [0, 0, 0], None) == Scale((), (theme.JUDGED[0],))
    assert scale(CLOSING, [0.97, 0.97], None) == Scale((), (theme.JUDGED[0],))


def test_low_is_hot_where_higher_is_better() -> None:
    ramp = scale(CLOSING, [0.8, 0.85, 0.9, 0.99], None)
    assert ramp.colours[ramp.step(0.99)] == theme.JUDGED[0]
    assert ramp.colours[ramp.step(0.8)] in theme.WARM


def test_a_threshold_anchors_yellow_and_red() -> None:
    ramp = scale(CLOSING, [0.5, 0.93, 0.96, 1.0], CLOSED_WELL)
    assert ramp.colours[ramp.step(0.5)] == theme.JUDGED[8]
    assert ramp.colours[ramp.step(0.89)] == theme.JUDGED[8]
    assert ramp.colours[ramp.step(0.94)] == theme.JUDGED[6]
    assert ramp.colours[ramp.step(1.0)] == theme.JUDGED[0]
    rising = scale(OVERDUE, [0, 3, 40], Threshold(yellow=5, red=10))
    assert [rising.colours[rising.step(value)] for value in (0, 5, 10, 40)] == [
        theme.JUDGED[i] for i in (0, 6, 8, 8)
    ]


def test_an_alarm_is_read_in_the_indicators_direction() -> None:
    assert [alarm(CLOSING, v, CLOSED_WELL) for v in (1.0, 0.95, 0.9, None)] == ["", "yellow", "red", ""]
    assert [alarm(OVERDUE, v, Threshold(5, 10)) for v in (4, 5, 10)] == ["", "yellow", "red"]
    assert alarm(OVERDUE, 10_000, None) == ""
    assert alarm(REPORTED, 10_000, Threshold(5, 10)) == ""
