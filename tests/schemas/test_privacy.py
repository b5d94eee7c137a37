"""The guard finds every personal number wherever it stands, and nothing that only looks long."""

from __future__ import annotations

import json
import uuid
from datetime import date

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.privacy import (
    Kind,
    find_personal,
    identity_check_digit,
    masked,
    may_hold_personal,
    personal_field,
)

_FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
_PUBLISHED = "11010519491231002X"  # the example of GB 11643

digits = st.text("0123456789", min_size=0, max_size=8)
filler = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="0123456789"), max_size=12
).filter(lambda text: not text or not text[-1].isdigit())


@st.composite
def identities(draw: st.DrawFn) -> str:
    born = draw(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
    region, sequence = draw(st.integers(110000, 829999)), draw(st.integers(0, 999))
    first = f"{region}{born:%Y%m%d}{sequence:03}"
    last = identity_check_digit(first)
    return first + (draw(st.sampled_from("Xx")) if last == "X" else last)


@st.composite
def mobiles(draw: st.DrawFn) -> str:
    number = f"1{draw(st.integers(3, 9))}{draw(st.integers(0, 10**9 - 1)):09}"
    gap = draw(st.sampled_from(["", " ", "-", " - ", "\u3000", "\u2011", "\u00a0"]))
    cuts = draw(st.sampled_from([(3, 7), (4, 7), (3, 6)]))
    prefix = draw(st.sampled_from(["", "+86", "+86 ", "0086", "0086-", "86", "86 ", "+86-"]))
    return prefix + gap.join([number[: cuts[0]], number[cuts[0] : cuts[1]], number[cuts[1] :]])


personal = st.one_of(identities(), mobiles()).flatmap(
    lambda text: st.sampled_from([text, text.translate(_FULL_WIDTH)])
)


@given(filler, personal, filler)
def test_a_personal_number_is_found_wherever_it_stands(before: str, number: str, after: str) -> None:
    text = before + number + after
    assert find_personal(text) in ("identity", "mobile")
    assert find_personal(masked(text)) is None
    assert len(masked(text)) == len(text) or "\\u" in text


@given(filler, personal, filler, st.booleans(), st.booleans())
def test_the_raw_look_never_misses_what_the_exact_look_finds(
    before: str, number: str, after: str, ascii_only: bool, as_name: bool
) -> None:
    value = before + number + after
    message = {"at": "2026-03-01T10:00:00+08:00", "deep": [{value: 1} if as_name else {"id": value}]}
    raw = json.dumps(message, ensure_ascii=ascii_only).encode()
    assert personal_field(msgspec.json.decode(raw)) is not None
    assert may_hold_personal(raw)
    assert may_hold_personal(b'{"id":"a"}\n' + raw)
    kept = masked(raw.decode())
    assert find_personal(kept) is None
    assert personal_field(json.loads(kept, strict=False)) is None


@given(personal)
def test_every_digit_written_as_an_escape_is_seen_through(number: str) -> None:
    escaped = "".join(f"\\u{ord(char):04x}" for char in number)
    raw = f'{{"id":"{escaped}"}}'
    assert may_hold_personal(raw.encode())
    assert personal_field(msgspec.json.decode(raw)) is not None
    assert find_personal(raw) is not None
    assert find_personal(masked(raw)) is None
    assert find_personal(masked(json.dumps({"payload": raw}))) is None


@given(st.text("0123456789", min_size=18, max_size=18))
def test_eighteen_digits_with_a_wrong_check_digit_are_no_identity(number: str) -> None:
    assume(identity_check_digit(number[:17]) != number[17])
    assert find_personal(number) is None


@given(identities(), st.integers(1, 9))
def test_one_digit_changed_is_no_identity(number: str, step: int) -> None:
    changed = number[:16] + str((int(number[16]) + step) % 10) + number[17]
    assert find_personal(changed) is None


@given(st.integers(13 * 10**9, 2 * 10**10 - 1), st.text("0123456789", min_size=1, max_size=6))
def test_a_number_inside_a_longer_run_is_none(number: int, more: str) -> None:
    assert find_personal(str(number)) == "mobile"
    assert find_personal(f"{number}{more}") is None
    assert find_personal(f"7{number}") is None


@given(st.uuids())
def test_a_uuid_is_no_mobile_number(value: uuid.UUID) -> None:
    assert find_personal(f'"id":"{value}"') is None


@given(
    st.dictionaries(
        filler, st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), digits)
    )
)
def test_any_message_is_looked_at_without_an_error(message: dict[str, object]) -> None:
    found = personal_field(message)
    assert found is None or found[1] in ("identity", "mobile")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (_PUBLISHED, "identity"),
        ("张三11010519491231002x，男", "identity"),
        ("11010519491231002X5", "identity"),
        ("110105194912310021", None),  # wrong check digit
        ("110105194913310023", None),  # month 13
        ("13812345678", "mobile"),
        ("tel13812345678m", "mobile"),
        ("+86 138-1234-5678", "mobile"),
        ("008613812345678", "mobile"),
        ("8613812345678", "mobile"),
        ("１３８１２３４５６７８", "mobile"),
        ("12345678901", None),  # no 1[3-9]
        ("138123456789", None),  # 12 digits
        ("013812345678", None),
        ("101001234567", None),  # a case number of 12 digits
        ("1646100000000", None),  # milliseconds
        ("370403001001007", None),  # a grid
        ("37040300001310000012", None),  # a device
        ("34020000001320000001", None),
        ("2026-03-01T10:00:00.138123+08:00", None),
        ("5d41402abc4b2a13812345678b6719d9", None),  # a digest
    ],
)
def test_examples(text: str, kind: Kind | None) -> None:
    assert find_personal(text) == kind
    assert kind is None or may_hold_personal(f'{{"id":"{text}"}}'.encode())


def test_the_field_is_named_by_its_path_and_masked_itself() -> None:
    assert personal_field({"id": "a", "extra": [{}, {"who": _PUBLISHED}]}) == ("extra[1].who", "identity")
    assert personal_field({"note": {"13812345678": None}}) == ("note.1**********", "mobile")
    assert personal_field([{"id": 13812345678}]) == ("[0].id", "mobile")
    assert personal_field({"id": 13812345678.0}) == ("id", "mobile")
    assert personal_field({"id": "b", "value": 13812345678.5, "lat": "42.13812345678"}) is None


def test_an_area_code_of_the_pack_is_no_person() -> None:
    code = "37040319900307771" + identity_check_digit("37040319900307771")
    assert personal_field({"area": code}) == ("area", "identity")
    assert personal_field({"area": code}, {code}) is None
    assert personal_field({"area": f"{code} 13812345678"}, {code}) is not None


def test_masking_keeps_length_place_and_everything_else() -> None:
    assert masked('{"id":"13812345678","b":"x"}') == '{"id":"1**********","b":"x"}'
    assert masked(f"a {_PUBLISHED} b") == "a 1***************** b"
    assert masked("+86 138 1234 5678") == "+86 1** **** ****"
    assert masked("nothing \\u0031 here") == "nothing \\u0031 here"


@pytest.mark.parametrize("ascii_only", [True, False])
def test_ordinary_messages_cost_no_exact_look(ascii_only: bool) -> None:
    messages: list[dict[str, object]] = [
        {
            "source": "一格通", "id": "E2026-0001234", "area": "370403001001007", "category": "环境，垃圾",
            "at": "2026-03-01T10:00:00.000+08:00", "reported_at": "2026-03-01T09:13:14+08:00",
        },
        {"device_id": "37040301001320000012", "at": "2026-12-31T23:59:59Z", "area": "370403"},
        {"id": "101001234567", "at": "2015-01-15T13:14:15-05:00", "value": 484000, "period": "2026-Q1"},
    ]  # fmt: skip
    for message in messages:
        assert not may_hold_personal(json.dumps(message, ensure_ascii=ascii_only).encode())
