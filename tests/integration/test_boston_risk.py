"""Boston's record snow of February 2015, on the shipped recording: the watch warns of it once, with reasons."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.clickhouse import Store
from schemas.packs import load_pack
from streams.decoding import decode
from streams.feed import Recording
from streams.sink import store_batch
from streams.watch.finding import Look
from streams.watch.statistical import findings, judge, learn

#: The morning after the third storm.
AT = datetime(2015, 2, 10, 12, tzinfo=UTC)
SNOW = "Administrative & General Requests > Misc. Snow Complaint"


def test_the_snow_of_february_is_one_red_warning_that_names_the_wards(store: Store) -> None:
    pack = load_pack("boston")
    for topic, values in Recording(pack).past(None, AT):
        records = [(offset, value) for offset, (_, value) in enumerate(values)]
        store_batch(store, pack.areas, topic, 0, decode(topic, records, pack.areas), AT)
    look = Look(store, pack, AT)
    found = list(findings(judge(look, learn(look))))
    (snow,) = [one for one in found if one.category == SNOW]
    assert (snow.area, snow.colour) == ("boston", "red")
    assert {pack.areas[code].level for code in snow.detail["areas"]} == {"ward"}
    assert len(snow.detail["areas"]) >= 5
    assert snow.observed > 20 * (snow.expected or 0) > 0
    assert "积雪综合投诉" in snow.zh
    assert "Misc. Snow Complaint" in snow.en
    assert len([one for one in found if one.colour == "red"]) <= 6  # rare, even then
