"""Device ids: the 20 digits of GB/T 28181 read apart; any other id is taken as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Names (zh, en) of the types digits 11–13 tell, from the coding table of GB/T 28181 (annex D).
TYPES: dict[int, tuple[str, str]] = {
    111: ("硬盘录像机", "DVR"),
    112: ("视频服务器", "Video server"),
    113: ("编码器", "Encoder"),
    114: ("解码器", "Decoder"),
    115: ("视频切换矩阵", "Video matrix"),
    116: ("音频切换矩阵", "Audio matrix"),
    117: ("报警控制器", "Alarm controller"),
    118: ("网络视频录像机", "NVR"),
    130: ("混合硬盘录像机", "Hybrid DVR"),
    131: ("摄像机", "Camera"),
    132: ("网络摄像机", "Network camera"),
    133: ("显示器", "Display"),
    134: ("报警输入设备", "Alarm input"),
    135: ("报警输出设备", "Alarm output"),
    136: ("语音输入设备", "Audio input"),
    137: ("语音输出设备", "Audio output"),
    138: ("移动传输设备", "Mobile transmitter"),
    139: ("其他外围设备", "Other peripheral"),
    200: ("中心信令控制服务器", "Signalling server"),
    202: ("媒体分发服务器", "Media server"),
    215: ("业务分组", "Business group"),
    216: ("虚拟组织", "Virtual organisation"),
}
_NATIONAL = re.compile(r"[0-9]{20}")
_CAMERAS = frozenset({131, 132})


@dataclass(frozen=True, slots=True)
class DeviceId:
    """A device id. `type` is digits 11–13 of a national id, None for a foreign one."""

    text: str
    type: int | None = None

    @classmethod
    def parse(cls, text: str) -> DeviceId:
        """Read any id; never raises: what is not 20 ASCII digits is foreign, its parts unknown.

        >>> DeviceId.parse("37040300001310000012").type
        131
        """
        return cls(text, int(text[10:13]) if _NATIONAL.fullmatch(text) else None)

    @property
    def is_national(self) -> bool:
        """Whether it is a GB/T 28181 id."""
        return self.type is not None

    @property
    def area_prefix(self) -> str | None:
        """The GB/T 2260 code it is registered under: a district, or a city (00 at the end).

        Digits 7–8, the basic unit, are local practice and name no area of the standards.
        """
        return self.text[:6] if self.is_national else None

    @property
    def is_camera(self) -> bool | None:
        """Whether its type is camera or network camera; None where the id does not tell."""
        return self.type in _CAMERAS if self.is_national else None

    def type_name(self, language: str) -> str | None:
        """The type in words; None for a foreign id or a type the table does not name."""
        names = TYPES.get(self.type) if self.type is not None else None
        return None if names is None else names[1 if language == "en" else 0]
