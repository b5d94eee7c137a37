"""Colours of everything drawn: one accent, red and orange for what is bad, ramps safe for the colour-blind."""

from __future__ import annotations

from typing import Final

ACCENT: Final = "#38d6ff"
GOOD: Final = "#4fd6a8"
TEXT: Final = "#e8f4ff"
MUTED: Final = "#8fb3d1"
LINE: Final = "#1c4a78"

#: Alarm colours, for warnings and crossed thresholds only.
RED: Final = "#ff5a4f"
YELLOW: Final = "#ffd23f"
BLUE: Final = "#4c9dff"
COLOURS: Final = {"red": RED, "yellow": YELLOW, "blue": BLUE}

#: Lightness rises steadily to amber, then turns to red: good to bad.
JUDGED: Final = (
    "#123a63",
    "#145578",
    "#17708a",
    "#2a8d92",
    "#5fa68a",
    "#a9b06a",
    "#e0ad45",
    "#f58436",
    "#ff5247",
)
#: The part of that ramp that asks for attention.
WARM: Final = JUDGED[5:]
#: From deep blue over green to sand, lighter all the way: an amount that is neither good nor bad.
AMOUNT: Final = (
    "#123461",
    "#144a77",
    "#176189",
    "#1b7893",
    "#2b9096",
    "#54a795",
    "#86bc93",
    "#bccf97",
    "#f0e3a6",
)
#: How many steps a ramp has; a step is what the map is told.
STEPS: Final = len(JUDGED)
UNKNOWN: Final = "#5b6b7c"
#: The heatmap reads as an amount, from almost the panel's own colour.
HEAT: Final = ("#0b2444", *AMOUNT)
#: Series of charts.
REPORTED: Final = "#2380b8"
OPEN: Final = "#3d9bd6"
