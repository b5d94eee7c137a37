"""Street sign work orders of New York: several rows are one case, in an excerpt and in the published file.

The excerpt is from "Street Sign Work Orders", NYC Open Data, Department of Transportation.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from schemas.packs import load_pack
from streams.sources import Report, load_mapping, messages_of
from tests.support.published import PACKS, REPOSITORY, published

MAPPING = REPOSITORY / "streams" / "sources" / "mappings" / "nyc_street_signs.toml"
EXCERPT = """\
BatchNo,WO#,CreatedDate,AssignedDate,CompletedDate,Status,NodeID,Boro,Support,SupportAction,StreetSignName,SignAction,Size,NewSign
B-1003,110,06/20/2018,06/22/2018,,W/CONTRACTOR,104285,Queens,Pipe,Install,174 St,Install,30,No
B-1003,110,06/20/2018,06/22/2018,,W/CONTRACTOR,104285,Queens,Pipe,Install,Linden Blvd,Install,30,No
B-1004,106,06/15/2018,07/11/2018,02/05/2019,COMPLETED APPROVED,3592,Staten Island,Pipe,Remove & Replace,Cooper Ter,Remove & Install,30,Yes
B-1004,106,06/15/2018,07/11/2018,02/05/2019,COMPLETED APPROVED,3592,Staten Island,Pipe,Remove & Replace,Rockland Av,Remove & Install,36,Yes
Un assigned,410,09/07/2018,,,WO CREATED,55356,Queens,Light Pole,NoAction,167 St,Remove & Install,24,Yes
Un assigned,410,09/07/2018,,,WO CREATED,55356,Queens,Light Pole,NoAction,69 Av,Remove & Install,24,Yes
"""  # noqa: E501 - as it is published


def run(file: Path) -> tuple[list[dict[str, str]], Report]:
    return messages_of(load_mapping(MAPPING), [file], load_pack(PACKS / "nyc_dca"))


def test_the_signs_of_a_work_order_are_one_case_with_the_stages_it_has(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(EXCERPT, "utf-8")
    messages, report = run(tmp_path / "orders.csv")
    told = dict.fromkeys((m["id"], m["stage"], m["at"], m["area"], m["category"]) for m in messages)
    assert list(told) == [
        ("110", "reported", "2018-06-20T00:00:00-04:00", "queens", "Install sign support"),
        ("110", "dispatched", "2018-06-22T00:00:00-04:00", "queens", "Install sign support"),
        ("106", "reported", "2018-06-15T00:00:00-04:00", "staten-island", "Replace sign support"),
        ("106", "dispatched", "2018-07-11T00:00:00-04:00", "staten-island", "Replace sign support"),
        ("106", "closed", "2019-02-05T00:00:00-05:00", "staten-island", "Replace sign support"),
        ("410", "reported", "2018-09-07T00:00:00-04:00", "queens", "Sign only"),
    ]
    assert (report.rows, report.messages, report.cases.messages, report.cases.cases) == (6, 12, 6, 3)
    assert (report.cases.disagreeing, report.cases.several_times) == ({}, 0)
    assert (report.unknown, report.lost_areas, report.rejects) == ({}, {}, [])


@pytest.fixture(scope="module")
def file() -> Path:
    return published("events/nyc_street_sign_workorders.csv")


@pytest.fixture(scope="module")
def table(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, dtype=str, keep_default_na=False)


@pytest.mark.data
def test_the_published_file_gives_what_is_counted_in_it_directly(file: Path, table: pd.DataFrame) -> None:
    _, report = run(file)
    done = (table["Status"] == "COMPLETED APPROVED") & (table["CompletedDate"] != "")
    assigned = table["AssignedDate"] != ""
    orders = table["WO#"]
    assert (report.rows, report.converted, report.rejects) == (2213, 2213, [])
    assert report.stages == {"reported": 2213, "dispatched": int(assigned.sum()), "closed": int(done.sum())}
    assert (report.stages["dispatched"], report.stages["closed"]) == (774, 589)
    assert report.cases.cases == table.groupby(["WO#", "CreatedDate"]).ngroups == orders.nunique() == 1082
    assert report.cases.messages == 1082 + orders[assigned].nunique() + orders[done].nunique()
    assert (report.cases.disagreeing, report.cases.several_times) == ({}, 0)
    assert (report.unmet, report.untimed, set(report.conditions.values())) == ({}, {}, {True})


@pytest.mark.data
def test_each_order_has_its_day_borough_and_action(file: Path, table: pd.DataFrame) -> None:
    messages, report = run(file)
    orders = table.drop_duplicates("WO#")
    zone = ZoneInfo("America/New_York")
    days = {
        str(order): datetime.strptime(str(day), "%m/%d/%Y").replace(tzinfo=zone).isoformat()
        for order, day in zip(orders["WO#"], orders["CreatedDate"], strict=True)
    }
    assert {m["id"]: m["reported_at"] for m in messages} == days
    cases = {m["id"]: m for m in messages}.values()
    assert Counter(m["area"] for m in cases) == Counter(orders["Boro"].str.lower().str.replace(" ", "-"))
    assert Counter(m["category"] == "Sign only" for m in cases) == Counter(
        orders["SupportAction"] == "NoAction"
    )
    assert (report.unknown, report.lost_areas) == ({}, {})


@pytest.mark.data
def test_no_message_tells_a_street(file: Path, table: pd.DataFrame) -> None:
    values = {str(value).casefold() for message in run(file)[0] for value in message.values()}
    streets = {street.casefold() for street in table["StreetSignName"] if street}
    assert len(streets) > 500
    assert [v for v in values if any(street in v for street in streets if len(street) > 4)] == []
    assert streets & values == set()
