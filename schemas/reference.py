"""The reference page of the indicators (docs/indicators.md), made from the catalogue."""

from __future__ import annotations

from schemas.contracts import TOPICS, Topic
from schemas.indicators import Direction, Indicator, Kind, Over, indicators

_TOPICS: dict[Topic, tuple[str, str]] = {
    "events": ("网格事件", "Grid events"),
    "mediation": ("矛盾纠纷", "Mediation"),
    "cameras": ("感知设备", "Devices"),
    "statistics": ("统计指标", "Statistics"),
}
_BASES: dict[Over, tuple[str, str]] = {
    "cohort": (
        "按上报（登记）日统计的批次",
        "cohort: cases reported or registered in the window, as they stand at T",
    ),
    "flow": ("按环节发生日统计的流量", "flow: the stages that happened in the window"),
    "stock": ("此刻的存量", "stock: all cases known at T, whatever the window"),
    "device": ("此刻的设备状态", "devices: all devices heard of before T, whatever the window"),
    "availability": ("窗口内的设备时长", "device time: the time of all devices in the window"),
    "statistic": ("最新一期统计", "statistic: the newest period known at T"),
}
_DIRECTIONS: dict[Direction, tuple[str, str]] = {
    "higher": ("越高越好", "higher is better"),
    "lower": ("越低越好", "lower is better"),
    "neutral": ("不分好坏", "neither way is better"),
}
_KINDS: dict[Kind, str] = {
    "count": "count of `{numerator}`",
    "ratio": "count of `{numerator}` / count of `{denominator}`",
    "mean": "sum of `{numerator}` / count of `{denominator}`",
    "per_10k": "count of `{numerator}` × 10,000 / population",
    "quantile": "element ⌈{quantile}·n⌉ where `{numerator}`",
}
_INTRODUCTION = """\
# Indicators 指标

Generated from the catalogue in `schemas/indicators.py` by `gridpulse schema`; edit that, not this page.

Every indicator exists for any area and for today, 7 days, 30 days, month, quarter and year to date. T is
the time of evaluation: now, or `--at`. A window is half-open: its start counts, T does not. No data is
shown as no data, never as 0. Rates and means are exact; only the presentation rounds.

**Comparisons.** `previous` (环比) is the same indicator over the equal window before, as it stood at that
window's end; `year_ago` (同比) the same a year earlier. A comparison is between equals: never a young cohort
against an old one.
"""


def indicator_page() -> str:
    """The page in Markdown: one section a topic, one paragraph an indicator, in the catalogue's order."""
    sections = [_INTRODUCTION]
    for topic in (topic for topic in TOPICS if indicators(topic)):
        zh, en = _TOPICS[topic]
        sections.append(f"## {en} {zh}\n")
        sections.extend(_paragraph(indicator) for indicator in indicators(topic))
    return "\n".join(sections)


def _paragraph(indicator: Indicator) -> str:
    lines = [
        f"### {indicator.name}\n",
        f"**{indicator.en} · {indicator.zh}**\n",
        f"- Formula: {indicator.formula_en}.",
        f"- 公式：{indicator.formula_zh}。",
        f"- Unit 单位: {_both(_unit(indicator, 'en'), _unit(indicator, 'zh'))}",
        f"- Basis 口径: {_both(*reversed(_BASES[indicator.over]))}",
        f"- Direction 方向: {_both(*reversed(_DIRECTIONS[indicator.direction]))}",
        f"- In the store: {_condition(indicator)}",
        f"- Comparisons: {_comparisons(indicator)}.",
    ]
    return "\n".join(lines) + "\n"


def _both(en: str, zh: str) -> str:
    return en if en == zh else f"{en} · {zh}"


def _unit(indicator: Indicator, language: str) -> str:
    return indicator.unit_label(language) or "count"


def _condition(indicator: Indicator) -> str:
    if indicator.over == "statistic":
        return f"value of the statistic `{indicator.statistic}` × 10,000 / population"
    if indicator.over == "availability":
        return f"sum of `{indicator.numerator}` / sum of `{indicator.denominator}`"
    form = _KINDS[indicator.kind].format(
        numerator=indicator.numerator, denominator=indicator.denominator, quantile=indicator.quantile
    )
    return form.replace("count of `1`", "count of all")


def _comparisons(indicator: Indicator) -> str:
    if indicator.over == "statistic":
        return "the newest period known at the end of the compared window"
    if indicator.is_stock:
        return "as it stood at the end of the compared window, cut down to the whole hour"
    if indicator.over == "availability":
        return "over the compared window, both ends cut down to the whole hour"
    return "over the compared window, as it stood at its end"
