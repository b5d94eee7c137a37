"""Times as files write them: several formats, naive local times, Unix seconds → RFC 3339 with offset."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Parse = Callable[[str], datetime | None]

#: Directives read by a compiled pattern, several times as fast as strptime, which reads the others.
_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,6})",
    "p": r"(?P<p>[AaPp][Mm])",
}
#: A row often has one time in two places: reported, and the first stage.
_MEMO_LIMIT = 10_000


class TimeReader:
    """Reads a cell with the first of `formats` that fits: strptime formats, "iso", "epoch_s" or "epoch_ms".

    A time without offset is local time of `zone`: the earlier one where clocks go back, with the offset
    before the change where they go forward. A time with an offset keeps it.
    """

    def __init__(self, formats: tuple[str, ...], zone: ZoneInfo) -> None:
        self._parsers = tuple(_parser(text, zone) for text in formats)
        self._zone = zone
        self.formats = formats
        self._memo: dict[str, str | None] = {}

    def read(self, cell: str | datetime) -> str | None:
        """RFC 3339 with offset, or None where no format fits."""
        if isinstance(cell, datetime):
            return self._rfc3339(cell)
        if cell not in self._memo:
            if len(self._memo) >= _MEMO_LIMIT:
                self._memo.clear()
            self._memo[cell] = self._parsed(cell)
        return self._memo[cell]

    def _parsed(self, text: str) -> str | None:
        for parse in self._parsers:
            at = parse(text)
            if at is not None:
                return self._rfc3339(at)
        return None

    def _rfc3339(self, at: datetime) -> str | None:
        if at.tzinfo is None:
            at = at.replace(tzinfo=self._zone, fold=0)
        try:
            if at.year < 1973 and (at.utcoffset() or timedelta(0)).seconds % 60:
                at = at.astimezone(UTC)  # local mean times have seconds in their offset, RFC 3339 has not
        except OverflowError:
            return None
        return at.isoformat()


def _parser(text: str, zone: ZoneInfo) -> Parse:
    if text == "iso":
        return _iso
    if text in ("epoch_s", "epoch_ms"):
        return _epoch(1.0 if text == "epoch_s" else 1000.0)
    return _compiled(text, zone) or _strptime(text)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _epoch(unit: float) -> Parse:
    start = datetime(1970, 1, 1, tzinfo=UTC)

    def parse(text: str) -> datetime | None:
        try:
            return start + timedelta(seconds=float(text) / unit)
        except (ValueError, OverflowError):
            return None

    return parse


def _strptime(form: str) -> Parse:
    def parse(text: str) -> datetime | None:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - TimeReader adds the zone
        except ValueError:
            return None

    return parse


def _compiled(form: str, zone: ZoneInfo) -> Parse | None:
    """The fast way for a format of plain numbers, AM and PM; None for any other."""
    pieces = re.split(r"%(.)", form)
    names = pieces[1::2]
    if (
        len(set(names)) != len(names)
        or not {"Y", "m", "d"} <= set(names) <= set(_DIRECTIVES)
        or "%" in form[-1:]
    ):
        return None
    if ("I" in names) != ("p" in names) or {"I", "H"} <= set(names):
        return None
    literals = [r"\s+".join(re.escape(word) for word in re.split(r"\s+", text)) for text in pieces[::2]]
    pattern = literals[0] + "".join(
        _DIRECTIVES[name] + text for name, text in zip(names, literals[1:], strict=True)
    )
    hour_name = "I" if "I" in names else "H"
    match = re.compile(pattern, re.ASCII).fullmatch
    years, months, days, hours, minutes, seconds, fraction, half = [
        names.index(name) if name in names else -1 for name in ("Y", "m", "d", hour_name, "M", "S", "f", "p")
    ]
    twelve_hours = "I" in names

    def parse(text: str) -> datetime | None:
        found = match(text)
        if found is None:
            return None
        got = (*found.groups(), "0")
        hour = int(got[hours])
        if twelve_hours:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if got[half][0] in "Pp" else 0)
        micro = int(got[fraction].ljust(6, "0"))
        try:
            return datetime(
                int(got[years]),
                int(got[months]),
                int(got[days]),
                hour,
                int(got[minutes]),
                int(got[seconds]),
                micro,
                zone,
            )
        except ValueError:
            return None

    return parse


def midnight(day: date) -> datetime:
    """The start of a day as a naive time: what a cell that holds a date alone means."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - TimeReader adds the zone
