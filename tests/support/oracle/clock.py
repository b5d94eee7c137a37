"""Time: whole milliseconds since the epoch, half-open spans, and calendar arithmetic on the wall clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
DAY = 24 * 60 * 60 * 1000
DAYS_BACK = {"today": 0, "7d": 6, "30d": 29}
MONTHS = {"mtd": 1, "qtd": 3, "ytd": 12}
WINDOWS = (*DAYS_BACK, *MONTHS)


@dataclass(frozen=True)
class Span:
    """start ≤ t < end, in milliseconds."""

    start: int
    end: int

    def __contains__(self, moment: int) -> bool:
        return self.start <= moment < self.end


def millis(moment: datetime) -> int:
    """The moment floored to the millisecond; raises ValueError if it is naive."""
    if moment.utcoffset() is None:
        raise ValueError(f"a time without offset: {moment}")
    return (moment - EPOCH) // MILLISECOND


def parse(text: str) -> int:
    """An RFC 3339 time, floored to the millisecond; raises ValueError if it is naive."""
    return millis(datetime.fromisoformat(text.upper()))


class Clock:
    """The calendar of one time zone."""

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)

    def wall(self, moment: int) -> datetime:
        """What the wall clock shows, without any zone."""
        return (EPOCH + moment * MILLISECOND).astimezone(self._zone).replace(tzinfo=None, fold=0)

    def instant(self, wall: datetime) -> int:
        """The (first) moment at which the wall clock shows this."""
        return millis(wall.replace(tzinfo=self._zone, fold=0))

    def whole_hour(self, moment: int) -> int:
        """The latest moment, not after this one, at which the wall clock shows a whole hour."""
        past = self.wall(moment) - self.wall(moment).replace(minute=0, second=0, microsecond=0)
        return moment - past // MILLISECOND

    def spans(self, window: str, at: int) -> tuple[Span, Span, Span]:
        """The window that ends at `at`, the one before it and that of a year ago; KeyError for no window."""
        end = self.wall(at)
        midnight = end.replace(hour=0, minute=0, second=0, microsecond=0)
        if window in DAYS_BACK:
            start = midnight - timedelta(days=DAYS_BACK[window])
            step = timedelta(days=DAYS_BACK[window] + 1)
            before = start - step, end - step
        else:
            months = MONTHS[window]
            start = midnight.replace(month=(end.month - 1) // months * months + 1, day=1)
            before_start = _months_earlier(start, months)
            before = before_start, min(before_start + (end - start), start)
        return (
            Span(self.instant(start), at),
            Span(*map(self.instant, before)),
            Span(self.instant(_a_year_earlier(start)), self.instant(_a_year_earlier(end))),
        )


def _months_earlier(first_of_month: datetime, months: int) -> datetime:
    count = first_of_month.year * 12 + first_of_month.month - 1 - months
    return first_of_month.replace(year=count // 12, month=count % 12 + 1)


def _a_year_earlier(wall: datetime) -> datetime:
    leap_day = (wall.month, wall.day) == (2, 29)
    return wall.replace(year=wall.year - 1, day=28 if leap_day else wall.day)
