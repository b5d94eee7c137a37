"""What the banner and the state beside the clock say while snapshots come.

Live, catching up, no worker at work, or none that hears its broker.
"""

from __future__ import annotations

from datetime import timedelta

from dashboard.format import duration
from dashboard.view import PATIENCE_S, Props, View


def props(view: View) -> Props:
    """An empty banner where the figures hold all that was sent."""
    state, banner, pipeline = "live", "", view.pipeline
    if pipeline is not None and pipeline.silent(PATIENCE_S):
        age = duration(timedelta(seconds=pipeline.heard_s), view.language)
        state, banner = "worker_silent", view.text("banner_worker_silent", age=age)
    elif pipeline is not None and pipeline.cut_off(PATIENCE_S):
        age = duration(timedelta(seconds=pipeline.broker_s + pipeline.heard_s), view.language)
        state, banner = "broker_silent", view.text("banner_broker_silent", age=age)
    elif pipeline is not None and pipeline.behind(PATIENCE_S):
        waiting = sum(lag.messages for lag in pipeline.lags)
        state, banner = "catching_up", view.text("banner_catching_up", waiting=f"{waiting:,}")
    return {
        "banner": {"children": banner},
        "state": {"children": view.text(state)},
        "stage": {"data-state": state},
    }
