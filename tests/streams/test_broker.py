"""The embedded broker lives exactly as long as the process that started it."""

from __future__ import annotations

import socket
import subprocess
import sys

from tests.support.chain import wait_until

STARTS_ONE = """
import time
from streams.broker import embedded_broker
with embedded_broker() as address:
    print(address, flush=True)
    time.sleep(600)
"""


def answers(address: str) -> bool:
    host, port = address.split(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return True


def test_the_broker_ends_with_a_process_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STARTS_ONE], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        address = owner.stdout.readline().strip()
        assert answers(address)
        owner.kill()
    wait_until(lambda: not answers(address), 30, lambda: f"a broker still answers at {address}", 0.1)
