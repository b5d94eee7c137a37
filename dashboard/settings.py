"""What an operator may set on a dashboard: address, viewer's area, language, pace, when data counts as old."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.settings import FileSettings
from schemas.windows import WindowName

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


class DashboardSettings(FileSettings):
    """Read from `GRIDPULSE_*`; every field has its help text, and the documentation is made from these."""

    host: str = Field("127.0.0.1", description="address the HTTP server listens on")
    port: int = Field(8050, ge=0, le=65535, description="port the HTTP server listens on; 0 takes a free one")
    viewer_area: str | None = Field(
        None, description="code of the area viewers may see, with all below it; unset: the root of the pack"
    )
    language: Language | None = Field(
        None, description="language of the screens where the address names none; unset: the pack's"
    )
    indicator: str = Field("events_reported", description="indicator the map opens with")
    window: WindowName = Field("7d", description="window the screens open with")
    tick_seconds: float = Field(
        1.0, gt=0, le=60, description="seconds between two snapshots while there is no news"
    )
    news_seconds: float = Field(
        0.25, gt=0, le=60, description="least seconds between two snapshots, however much news there is"
    )
    look_seconds: float = Field(
        0.1, gt=0, le=60, description="seconds between two looks for news; thrice that after ten without any"
    )
    stale_after_s: float = Field(
        10.0, gt=0, description="seconds without a new snapshot until screens say so"
    )
    send_timeout_s: float = Field(30.0, gt=0, description="seconds a viewer may take for one snapshot")
    brokers: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers, host:port,host:port")
    topic_prefix: str = Field("gridpulse.", description="stands before every topic's name")
    max_viewers: int = Field(2000, ge=1, description="viewers one dashboard serves at a time")
