"""A statistical finding in words and figures: why one should believe it, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from schemas.packs import Pack
from streams.risk import explain
from streams.watch.finding import Finding

_SURE = {
    "low": ("不足28天，把握低", "under 28 days of history: low"),
    "fair": ("不足一年，把握中等", "under a year of history: fair"),
    "good": ("一年以上，把握高", "a year of history or more: good"),
}
#: Rarer than this is told as "more than": the tail of a law is not known so far out.
_MOST_DAYS = 36_500.0
#: Told where the rest has risen by so much, and where no more than so much is known by now.
_TOLD_RISE, _TOLD_ARRIVED = 1.05, 0.98


@dataclass(frozen=True)
class Named:
    """An engine's finding with codes for indices.

    `area` and `areas`: the warning's, which may have stood before with other places; `told_at` and `places`: what the
    figures are of; `level`: the engine's, `district` also for towns that rise together. `arrived`: share of the
    window's events known by now, as late ones have come before. `rarest`: of towns that rise together the place whose
    chance is told, the figures being those of all."""

    area: str
    category: str
    areas: tuple[str, ...]
    told_at: str
    places: tuple[str, ...]
    level: str
    found: explain.Finding
    baseline: tuple[datetime, datetime]
    arrived: float = 1.0
    rarest: str = ""


def explained(one: Named, pack: Pack, at: datetime) -> Finding:
    """The finding of the watch, its texts and every figure they rest on."""
    found = one.found
    first, end = one.baseline
    return Finding(
        rule="",
        area=one.area,
        category=one.category,
        colour=found.tier,
        observed=found.observed,
        expected=round(found.expected, 2),
        window=f"{found.window}h",
        zh=_text(one, pack, "zh"),
        en=_text(one, pack, "en"),
        detail={
            "recurrence_days": min(found.recurrence_days, _MOST_DAYS), "p": found.p, "q": found.q,
            "category_share": found.share, "certainty": found.certainty, "areas": one.areas,
            "rise": round(found.rise, 3), "arrived": round(one.arrived, 3),
            "window_from": at - timedelta(hours=found.window - 1) - _of_hour(at, pack), "window_to": at,
            "baseline_from": first, "baseline_to": end,
        },
    )  # fmt: skip


def _of_hour(at: datetime, pack: Pack) -> timedelta:
    """How long the running local hour has been going on: it is the last of a window, which holds whole hours else."""
    local = at.astimezone(pack.zone)
    return local - local.replace(minute=0, second=0, microsecond=0)


def _text(one: Named, pack: Pack, language: str) -> str:
    found = one.found
    zh = language == "zh"
    where = pack.areas[one.told_at].label(language)
    what = pack.label("categories", one.category, language)
    first, end = (day.astimezone(pack.zone).date().isoformat() for day in one.baseline)
    hours, usual, days = (
        _hours(found.window, zh), _usual(found.expected, zh), _days(found.recurrence_days, zh),
    )  # fmt: skip
    sure = _SURE[found.certainty][not zh]
    around, beside = _around(one, pack, language), _beside(one, zh)
    rarest = pack.areas[one.rarest].label(language) if one.rarest else ""
    rarest = rarest and (f"其中{rarest}" if zh else f"in {rarest} alone ")
    if zh:
        return (
            f"{where}{around}“{what}”近{hours}{found.observed:.0f}件，常态{usual}件"
            f"（{found.ratio:.1f}倍）{beside}；{rarest}纯属偶然约{days}一遇（p={found.p:.2g}，q={found.q:.2g}）；"
            f"占同期事件{found.share:.0%}；基线{first}至{end}，历史{sure}"
        )
    return (
        f"{where}{around}: {found.observed:.0f} {what} events in {hours}, usually {usual} "
        f"({found.ratio:.1f} times){beside}; by chance {rarest}once in {days} (p={found.p:.2g}, q={found.q:.2g}); "
        f"{found.share:.0%} of all events there; baseline {first} to {end}, {sure}"
    )


def _beside(one: Named, zh: bool) -> str:
    """What the chance allows for besides the past: the rise of the places around, and reports that come late."""
    rise, arrived = one.found.rise, one.arrived
    text = ""
    if rise >= _TOLD_RISE:
        text += (
            f"，同期周边升至{rise:.1f}倍已计入"
            if zh
            else f", the rest has {rise:.1f} times its usual, allowed for"
        )
    if arrived <= _TOLD_ARRIVED:
        share = f"{arrived:.0%}"
        text += f"，按以往报送延迟仅到{share}已折算" if zh else f", {share} of them known by now, allowed for"
    return text


def _around(one: Named, pack: Pack, language: str) -> str:
    """Where else: the towns that rise together, or the neighbourhood; what lies at the root lies nowhere."""
    if one.level == "town" and one.told_at == pack.areas.root.code:
        return "（未定位）" if language == "zh" else " (no place given)"
    if one.level == "town" or len(one.places) < 2:
        return ""
    if one.level == "district":
        return _at_once(one, pack, language)
    return "及周边" if language == "zh" else " and around"


def _at_once(one: Named, pack: Pack, language: str) -> str:
    shown = [pack.areas[code].label(language) for code in one.places[:3]]
    more = len(one.places) > len(shown)
    if language == "zh":
        return f"（{'、'.join(shown)}{'等' if more else ''}{len(one.places)}处同升）"
    return f" ({', '.join(shown)}{' and others' if more else ''}: {len(one.places)} at once)"


def _hours(hours: int, zh: bool) -> str:
    """More than two whole days are told as days."""
    if hours > 48 and hours % 24 == 0:
        return f"{hours // 24}天" if zh else f"{hours // 24} days"
    return f"{hours}小时" if zh else f"{hours} hours"


def _usual(expected: float, zh: bool) -> str:
    if expected < 0.05:
        return "不到0.1" if zh else "under 0.1"
    return f"约{expected:.1f}" if zh else f"{expected:.1f}"


def _days(days: float, zh: bool) -> str:
    if days >= _MOST_DAYS:
        return "百年以上" if zh else "more than a hundred years"
    if days >= 365:
        return f"{days / 365:.0f}年" if zh else f"{days / 365:.1f} years"
    return f"{days:.0f}天" if zh else f"{days:.0f} days"
