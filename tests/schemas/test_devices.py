"""A national device id is read apart; a foreign one is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.devices import TYPES, DeviceId


@pytest.mark.parametrize(
    ("number", "zh", "en", "camera"),
    [
        (111, "硬盘录像机", "DVR", False),
        (118, "网络视频录像机", "NVR", False),
        (131, "摄像机", "Camera", True),
        (132, "网络摄像机", "Network camera", True),
    ],
)
def test_digits_11_to_13_tell_the_type(number: int, zh: str, en: str, camera: bool) -> None:
    device = DeviceId.parse(f"3704030001{number}0000012")
    assert device.type == number
    assert (device.type_name("zh"), device.type_name("en")) == (zh, en)
    assert device.is_camera is camera
    assert device.area_prefix == "370403"


def test_an_unnamed_type_is_national_still() -> None:
    device = DeviceId.parse("37040300019990000012")
    assert (device.is_national, device.type, device.type_name("zh")) == (True, 999, None)


@given(st.text(max_size=30).filter(lambda text: len(text) != 20))
def test_an_id_of_another_length_is_foreign(text: str) -> None:
    device = DeviceId.parse(text)
    assert device == DeviceId(text)
    assert (device.area_prefix, device.is_camera, device.type_name("en")) == (None, None, None)


@pytest.mark.parametrize(
    "text", ["3704030000131000001X", "３7040300001310000012", " 7040300001310000012", ""]
)
def test_twenty_characters_that_are_no_digits_are_foreign(text: str) -> None:
    assert not DeviceId.parse(text).is_national


@given(st.from_regex(r"[0-9]{20}", fullmatch=True))
def test_every_national_id_keeps_its_text(text: str) -> None:
    device = DeviceId.parse(text)
    assert device.text == text
    assert device.area_prefix == text[:6]
    assert device.type == int(text[10:13])


def test_every_type_has_both_names() -> None:
    assert all(zh and en and 100 <= number <= 999 for number, (zh, en) in TYPES.items())
