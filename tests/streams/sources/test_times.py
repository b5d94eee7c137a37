"""Times of files become RFC 3339 with the offset their place had."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sources.times import TimeReader

BOSTON = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("%m/%d/%Y %I:%M:%S %p", "01/05/2015 12:40:41 PM", "2015-01-05T12:40:41-05:00"),
        ("%m/%d/%Y %I:%M:%S %p", "07/05/2015 12:00:00 AM", "2015-07-05T00:00:00-04:00"),
        ("%m/%d/%Y", "1/5/2015", "2015-01-05T00:00:00-05:00"),
        ("%Y-%m-%d %H:%M:%S.%f", "2018-01-01 00:48:30.5", "2018-01-01T00:48:30.500000-05:00"),
        ("%d %b %Y", "05 Jan 2015", "2015-01-05T00:00:00-05:00"),
        ("%m/%d/%Y %I:%M:%S %p %z", "05/01/2020 08:35:00 AM +0000", "2020-05-01T08:35:00+00:00"),
        ("iso", "2015-01-05T12:40:41Z", "2015-01-05T12:40:41+00:00"),
        ("iso", "2015-07-05 12:40:41", "2015-07-05T12:40:41-04:00"),
        ("epoch_s", "0", "1970-01-01T00:00:00+00:00"),
        ("epoch_s", "1712349447.5", "2024-04-05T20:37:27.500000+00:00"),
        ("epoch_ms", "1712349447500", "2024-04-05T20:37:27.500000+00:00"),
        ("%m/%d/%Y", "13/05/2015", None),
        ("%m/%d/%Y", "02/30/2015", None),
        ("%m/%d/%Y %I:%M %p", "01/05/2015 13:00 PM", None),
        ("%m/%d/%Y", "01/05/2015 and more", None),
        ("iso", "yesterday", None),
        ("epoch_s", "1e300", None),
        ("epoch_s", "nan", None),
    ],
)
def test_a_time_reads_by_its_format(form: str, text: str, expected: str | None) -> None:
    assert TimeReader((form,), BOSTON).read(text) == expected


def test_the_first_format_that_fits_is_taken() -> None:
    reader = TimeReader(("%m/%d/%Y", "%d/%m/%Y"), BOSTON)
    assert [reader.read("02/03/2015"), reader.read("23/03/2015")] == [
        "2015-02-03T00:00:00-05:00",
        "2015-03-23T00:00:00-04:00",
    ]


def test_where_clocks_go_back_a_naive_time_is_the_earlier_one() -> None:
    assert TimeReader(("iso",), BOSTON).read("2015-11-01T01:30:00") == "2015-11-01T01:30:00-04:00"


def test_where_clocks_go_forward_a_naive_time_has_the_offset_before_the_change() -> None:
    assert TimeReader(("iso",), BOSTON).read("2015-03-08T02:30:00") == "2015-03-08T02:30:00-05:00"


def test_a_local_mean_time_of_old_is_told_in_utc_since_its_offset_has_seconds() -> None:
    assert TimeReader(("iso",), BOSTON).read("1880-01-01T00:00:00") == "1880-01-01T04:56:02+00:00"


def test_a_cell_that_is_a_time_already_needs_no_format() -> None:
    reader = TimeReader(("%Y",), BOSTON)
    assert reader.read(datetime(2015, 7, 1, 8)) == "2015-07-01T08:00:00-04:00"  # noqa: DTZ001
    assert reader.read(datetime(2015, 7, 1, 8, tzinfo=UTC)) == "2015-07-01T08:00:00+00:00"


@given(
    at=st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001
    form=st.sampled_from(["%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S.%f", "%d.%m.%Y %H:%M", "%Y%m%d"]),
)
def test_compiled_formats_read_as_strptime_does(at: datetime, form: str) -> None:
    text = at.strftime(form)
    expected = datetime.strptime(text, form).replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    told = TimeReader((form,), ZoneInfo("Asia/Shanghai")).read(text)
    assert told is not None
    assert datetime.fromisoformat(told) == expected


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2037, 1, 1)))  # noqa: DTZ001
def test_every_local_time_has_an_offset_its_zone_really_has(at: datetime) -> None:
    told = TimeReader(("iso",), BOSTON).read(at.isoformat())
    assert told is not None
    assert datetime.fromisoformat(told).replace(tzinfo=None) == at
    assert told[-6:] in ("-05:00", "-04:00")
