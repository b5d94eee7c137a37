"""Colours of every drawn thing: one accent, red and orange for what is bad, ramps that survive colour blindness."""

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
#: One hue, dark to light: an amount that is neither good nor bad.
AMOUNT: Final = (
    "#10305a",
    "#123f70",
    "#145086",
    "#17639b",
    "#1b79b0",
    "#2391c4",
    "#35aad6",
    "#62c5e8",
    "#a6e4fa",
)
#: How many steps a ramp has; a step is what the map is told.
STEPS: Final = len(JUDGED)
UNKNOWN: Final = "#5b6b7c"
#: The heatmap reads as an amount, from almost the panel's own colour.
HEAT: Final = ("#0b2444", *AMOUNT)
