"""The indicator catalogue: each figure declared once; SQL, tiles, tables, API, help, export follow.

An indicator is an aggregate over the *history* of a topic (`schemas/clickhouse`): one row for each state a
case or a device was in, valid for evaluation times T with valid_from < T ≤ valid_to. `over` says which count:

* cohort: cases reported in the window, in the state they have at T
* flow:   stages that happened in the window
* stock:  all cases known at T, whatever the window
* device: devices heard of before T; share: their time in the window
* statistic: the newest known period of a statistic, per 10,000 people
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from schemas.contracts import Topic

Over = Literal["cohort", "flow", "stock", "device", "availability", "statistic"]
Kind = Literal["count", "ratio", "mean", "per_10k", "quantile"]
Direction = Literal["higher", "lower", "neutral"]
Unit = Literal["count", "percent", "minutes", "score", "per_10k"]

UNITS: dict[Unit, tuple[str, str]] = {
    "count": ("件", ""),
    "percent": ("%", "%"),
    "minutes": ("分钟", "min"),
    "score": ("分", "of 5"),
    "per_10k": ("每万人", "per 10k"),
}


@dataclass(frozen=True, slots=True)
class Indicator:
    """One figure.

    `numerator` and `denominator` are SQL conditions (counted) or, for a mean, the expression summed, over the
    columns of the topic's history. `statistic` names the statistic behind a figure per 10,000 people;
    `quantile` its level. `zh`/`en` are the names, `formula_zh`/`formula_en` the definition in words,
    `direction` which way is good.
    """

    name: str
    zh: str
    en: str
    topic: Topic
    over: Over
    kind: Kind
    unit: Unit
    direction: Direction
    formula_zh: str
    formula_en: str
    numerator: str = "1"
    denominator: str | None = None
    quantile: float | None = None
    statistic: str | None = None
    unit_zh: str | None = None
    source: str = "semantics"

    def label(self, language: str) -> str:
        return self.en if language == "en" else self.zh

    def formula(self, language: str) -> str:
        return self.formula_en if language == "en" else self.formula_zh

    def unit_label(self, language: str) -> str:
        zh, en = UNITS[self.unit]
        return en if language == "en" else self.unit_zh or zh

    @property
    def is_stock(self) -> bool:
        """Whether the figure stands at T whatever the window: its comparisons are cut to the whole hour."""
        return self.over in ("stock", "device")


_COUNTED = "NOT withdrawn"

# A paragraph each: name, zh, en, topic, over, kind, unit, direction; both formulas; the conditions.
# fmt: off
CATALOGUE: tuple[Indicator, ...] = (
    Indicator(
        "events_reported", "上报量", "Events reported", "events", "cohort", "count", "count", "neutral",
        "窗口内上报的不同事件数（不含撤回）",
        "Distinct events reported in the window, withdrawn ones left out",
        numerator=_COUNTED,
    ),
    Indicator(
        "closing_rate", "办结率", "Closing rate", "events", "cohort", "ratio", "percent", "higher",
        "窗口内上报的事件中，现已办结的占比（重开未再办结算在办）",
        "Of the events reported in the window, the share now closed; reopened and not closed again is open",
        numerator=f"{_COUNTED} AND closed", denominator=_COUNTED,
    ),
    Indicator(
        "on_time_rate", "按期办结率", "On-time rate", "events", "cohort", "ratio", "percent", "higher",
        "已办结且有时限的事件中，在现行时限前办结的占比",
        "Of the closed events that have a deadline, the share closed by the deadline in force",
        numerator=f"{_COUNTED} AND closed AND on_time", denominator=f"{_COUNTED} AND closed AND has_due",
    ),
    Indicator(
        "reopen_rate", "重开率", "Reopen rate", "events", "cohort", "ratio", "percent", "lower",
        "曾办结的事件中，被重开过的占比", "Of the events closed at least once, the share that was reopened",
        numerator=f"{_COUNTED} AND ever_closed AND reopened", denominator=f"{_COUNTED} AND ever_closed",
    ),
    Indicator(
        "in_grid_rate", "网格内化解率", "Solved in grid", "events", "cohort", "ratio", "percent", "higher",
        "已办结且有处置层级的事件中，在网格内办结的占比",
        "Of the closed events with a handling level, the share whose level is grid",
        numerator=f"{_COUNTED} AND closed AND level = 'grid'",
        denominator=f"{_COUNTED} AND closed AND level != ''",
    ),
    Indicator(
        "satisfaction", "满意度", "Satisfaction", "events", "cohort", "mean", "score", "higher",
        "核查时评分的平均值", "Mean of the ratings given at verification",
        numerator=f"if({_COUNTED}, rating, 0)", denominator=f"{_COUNTED} AND rating > 0",
    ),
    Indicator(
        "handling_time_median", "处置时长中位数", "Handling time, median", "events", "cohort", "quantile",
        "minutes", "lower",
        "已办结事件从上报到办结的分钟数（三位有效数字）的中位数",
        "Whole minutes from report to closing, three significant digits, element ⌈n/2⌉",
        numerator=f"{_COUNTED} AND closed AND NOT backdated", quantile=0.5,
    ),
    Indicator(
        "handling_time_p90", "处置时长九成位", "Handling time, p90", "events", "cohort", "quantile",
        "minutes", "lower",
        "已办结事件从上报到办结的分钟数（三位有效数字）的九成位",
        "Whole minutes from report to closing, three significant digits, element ⌈0.9·n⌉",
        numerator=f"{_COUNTED} AND closed AND NOT backdated", quantile=0.9,
    ),
    Indicator(
        "closed_before_reported", "办结早于上报", "Closed before reported", "events", "cohort", "count",
        "count", "lower",
        "办结时间早于上报时间的事件数（数据质量）",
        "Closed events whose closing precedes the report (data quality)",
        numerator=f"{_COUNTED} AND closed AND backdated",
    ),
    Indicator(
        "events_withdrawn", "撤回量", "Events withdrawn", "events", "cohort", "count", "count", "neutral",
        "窗口内上报、现为撤回状态的事件数", "Events reported in the window and now withdrawn",
        numerator="withdrawn",
    ),
    Indicator(
        "events_closed", "办结量", "Events closed", "events", "flow", "count", "count", "higher",
        "窗口内发生的办结次数（流量口径，每轮计一次）",
        "Closings that happened in the window, once a round (flow)",
        numerator="stage = 'closed'",
    ),
    Indicator(
        "backlog", "在办量", "Backlog", "events", "stock", "count", "count", "lower",
        "此刻未办结的全部事件", "All known events that are open now",
        numerator=f"{_COUNTED} AND NOT closed",
    ),
    Indicator(
        "overdue_open", "超期在办", "Overdue", "events", "stock", "count", "count", "lower",
        "此刻未办结且已过时限的事件", "Events open now and past their deadline",
        numerator=f"{_COUNTED} AND NOT closed AND overdue",
    ),
    Indicator(
        "events_per_10k", "万人事件数", "Events per 10,000", "events", "cohort", "per_10k", "per_10k",
        "neutral",
        "上报量 × 10,000 / 人口", "Events reported × 10,000 / population",
        numerator=_COUNTED,
    ),
    Indicator(
        "mediation_registered", "纠纷登记", "Disputes registered", "mediation", "cohort", "count", "count",
        "neutral",
        "窗口内登记的矛盾纠纷", "Disputes registered in the window",
        numerator=_COUNTED,
    ),
    Indicator(
        "mediation_accepted", "纠纷受理", "Disputes accepted", "mediation", "cohort", "count", "count",
        "neutral",
        "窗口内登记且已有后续环节的纠纷", "Disputes of the window with any stage beyond registration",
        numerator=f"{_COUNTED} AND accepted",
    ),
    Indicator(
        "mediation_succeeded", "调解成功", "Succeeded", "mediation", "cohort", "count", "count", "higher",
        "窗口内登记、结果为成功的纠纷", "Disputes of the window whose outcome is success",
        numerator=f"{_COUNTED} AND outcome = 'succeeded'",
    ),
    Indicator(
        "mediation_failed", "调解不成功", "Failed", "mediation", "cohort", "count", "count", "lower",
        "窗口内登记、结果为不成功的纠纷", "Disputes of the window whose outcome is failure",
        numerator=f"{_COUNTED} AND outcome = 'failed'",
    ),
    Indicator(
        "mediation_success_rate", "调解成功率", "Success rate", "mediation", "cohort", "ratio", "percent",
        "higher",
        "成功 /（成功 + 不成功）", "Succeeded / (succeeded + failed)",
        numerator=f"{_COUNTED} AND outcome = 'succeeded'", denominator=f"{_COUNTED} AND outcome != ''",
    ),
    Indicator(
        "mediation_open", "在调量", "In mediation", "mediation", "stock", "count", "count", "lower",
        "此刻没有结果的全部纠纷", "All disputes without an outcome now",
        numerator=f"{_COUNTED} AND outcome = ''",
    ),
    Indicator(
        "mediation_escalated", "提级量", "Escalated", "mediation", "cohort", "count", "count", "lower",
        "窗口内登记、曾提级的纠纷", "Disputes of the window that were escalated",
        numerator=f"{_COUNTED} AND escalated",
    ),
    Indicator(
        "mediation_duration_median", "调解时长中位数", "Mediation time, median", "mediation", "cohort",
        "quantile", "minutes", "lower",
        "从登记到出结果的分钟数（三位有效数字）的中位数",
        "Whole minutes from registration to outcome, three significant digits, element ⌈n/2⌉",
        numerator=f"{_COUNTED} AND outcome != '' AND NOT backdated", quantile=0.5,
    ),
    Indicator(
        "cameras_registered", "在册设备", "Devices registered", "cameras", "device", "count", "count",
        "neutral",
        "此刻之前有过消息的设备", "Devices heard of before now",
        unit_zh="台",
    ),
    Indicator(
        "cameras_online", "在线设备", "Devices online", "cameras", "device", "count", "count", "higher",
        "最后状态为在线且在离线规则内有心跳的设备",
        "Last status online and heard from within the offline rule",
        numerator="online", unit_zh="台",
    ),
    Indicator(
        "online_rate", "在线率", "Online rate", "cameras", "device", "ratio", "percent", "higher",
        "在线设备 / 在册设备", "Devices online / registered",
        numerator="online", denominator="1",
    ),
    Indicator(
        "offline_over_24h", "离线超24小时", "Offline over 24 h", "cameras", "device", "count", "count",
        "lower",
        "不在线且最近一次在线在24小时之前（或从未在线）的设备",
        "Not online, and last seen online more than 24 hours ago or never",
        numerator="NOT online AND long_offline", unit_zh="台",
    ),
    Indicator(
        "availability", "可用率", "Availability", "cameras", "availability", "ratio", "percent", "higher",
        "窗口内在线时间 / 已知时间，两端取整到小时",
        "Time online / time known in the window, both ends cut to the hour",
        numerator="online_ms", denominator="known_ms",
    ),
    Indicator(
        "hotline_rate", "12345 投诉率", "Hotline rate", "statistics", "statistic", "per_10k", "per_10k",
        "lower",
        "最新一期12345投诉数 × 10,000 / 人口",
        "Hotline complaints of the newest period × 10,000 / population",
        statistic="hotline_complaints", source="domain",
    ),
    Indicator(
        "petition_rate", "同期信访率", "Petition rate", "statistics", "statistic", "per_10k", "per_10k",
        "lower",
        "最新一期信访件次 × 10,000 / 人口", "Petitions of the newest period × 10,000 / population",
        statistic="petitions", source="domain",
    ),
    Indicator(
        "litigation_rate", "万人成讼率", "Litigation rate", "statistics", "statistic", "per_10k", "per_10k",
        "lower",
        "最新一期法院新收案件 × 10,000 / 人口", "Court filings of the newest period × 10,000 / population",
        statistic="court_filings", source="domain",
    ),
)
# fmt: on

BY_NAME: dict[str, Indicator] = {indicator.name: indicator for indicator in CATALOGUE}


def indicators(topic: Topic | None = None, over: Iterable[Over] | None = None) -> tuple[Indicator, ...]:
    """The catalogue's indicators of one topic and of the given bases, in its order."""
    wanted = None if over is None else set(over)
    return tuple(
        indicator
        for indicator in CATALOGUE
        if (topic is None or indicator.topic == topic) and (wanted is None or indicator.over in wanted)
    )
