"""Settings every part shares: the pack, the store, the clock. From GRIDPULSE_* or a TOML file."""

from __future__ import annotations

import time
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from schemas.clock import Clock, ReplayClock, WallClock
from schemas.errors import ConfigError


class FileSettings(BaseSettings):
    """Settings from the environment (GRIDPULSE_*) and, below it, a TOML file."""

    model_config = SettingsConfigDict(env_prefix="GRIDPULSE_", extra="ignore", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the caller says wins over the environment, the environment over the file."""
        path = cls.model_config.get("toml_file")
        sources = (init_settings, env_settings)
        return (*sources, TomlConfigSettingsSource(settings_cls)) if path else sources

    def __init__(self, **given: Any) -> None:
        """Raises `ConfigError` that names the setting, where one is impossible."""
        try:
            super().__init__(**given)
        except ValidationError as error:
            first = error.errors()[0]
            name = "_".join(str(part) for part in first["loc"]).upper()
            raise ConfigError(f"GRIDPULSE_{name}: {first['msg']}, not {first['input']!r}") from error

    @classmethod
    def from_file(cls, path: Path | None) -> Self:
        """Settings from the environment and, below it, a TOML file. Raises `ConfigError` where it cannot be read."""
        if path is None:
            return cls()
        try:
            tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"cannot read settings from {path}: {error}") from error
        configured = type(cls.__name__, (cls,), {"model_config": cls.model_config | {"toml_file": path}})
        settings: Self = configured()
        return settings


class CommonSettings(FileSettings):
    """Where the reference data and the store are, and what time it is."""

    pack: str = Field("boston", description="name of a shipped pack, or a pack's folder")
    store: str = Field(
        "chdb:///.gridpulse/store",
        description="chdb:///folder in process, or http(s)://user:password@host:port/database of a ClickHouse server",
    )
    clock_from: datetime | None = Field(
        None, description="a replay starts at this time (RFC 3339 with offset)"
    )
    clock_speed: float = Field(60.0, gt=0, description="how many times faster than real a replay runs")
    clock_origin: float = Field(
        default_factory=time.time,
        description="Unix time at which the replay started: the same for every process",
    )

    @property
    def clock(self) -> Clock:
        """The clock all figures are evaluated by."""
        if self.clock_from is None:
            return WallClock()
        return ReplayClock(self.clock_from, self.clock_speed, self.clock_origin)
