"""Settings of a worker, from GRIDPULSE_* or a TOML file."""

from __future__ import annotations

from pydantic import Field, SecretStr

from schemas.settings import CommonSettings


class WorkerSettings(CommonSettings):
    """How a worker reaches the broker and how patient it is."""

    brokers: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers, host:port,host:port")
    topic_prefix: str = Field("gridpulse.", description="stands before every topic's name")
    group: str = Field("gridpulse", description="consumer group; workers of one group share the partitions")
    partitions: int = Field(4, ge=1, description="partitions of topics that gridpulse creates")
    replication: int = Field(1, ge=1, description="copies of topics that gridpulse creates")
    quarantine_cap: int = Field(
        10_000, ge=1, description="rejected records of one topic after which a worker may stop taking it"
    )
    quarantine_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="it stops where, at the cap, more than this share of the records was rejected",
    )
    rollup_seconds: float = Field(
        2.0,
        gt=0,
        description="how often days of other workers or left for later are looked for; its own are done at once",
    )
    rules_seconds: float = Field(5.0, gt=0, description="how often the worker that leads looks for warnings")
    webhook_url: str = Field(
        "",
        pattern=r"^(https?://.+)?$",
        description="where changes of warnings are sent, http(s); empty: nowhere",
    )
    webhook_secret: SecretStr = Field(
        SecretStr(""), description="what webhook messages are signed with; set it in the environment only"
    )
    retry_seconds: float = Field(0.5, gt=0, description="first wait before a failing store is tried again")
    retry_max_seconds: float = Field(15.0, gt=0, description="longest wait between two tries")
    session_timeout: float = Field(
        10.0, gt=0, description="seconds after which a silent worker loses its partitions"
    )
    stuck_seconds: float = Field(
        120.0,
        gt=0,
        description="a worker starts again where waiting messages have not moved for so long; four sessions at least",
    )
    health_host: str = Field("127.0.0.1", description="address of a worker's /healthz, /readyz and /metrics")
    health_port: int = Field(
        0, ge=0, le=65535, description="port of a worker's /healthz, /readyz and /metrics; 0: none"
    )
