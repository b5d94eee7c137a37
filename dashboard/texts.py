"""Every word on the screens that is not data, in Chinese and English; `{name}` are places to fill."""

from __future__ import annotations

from typing import Final

CATALOGUE: Final[dict[str, tuple[str, str]]] = {
    # header
    "live": ("实时", "Live"),
    "stale": ("数据滞后", "Stale"),
    "catching_up": ("补数中", "Catching up"),
    "worker_silent": ("处理中断", "Not processing"),
    "replay": ("回放 {at} ×{speed}", "Replay {at} ×{speed}"),
    "as_of": ("数据截至 {at}", "As of {at}"),
    "language_switch": ("English", "中文"),
    "help": ("指标说明", "Indicators"),
    "api": ("接口", "API"),
    "weekdays": (
        "星期一 星期二 星期三 星期四 星期五 星期六 星期日",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    ),
    "date": ("{year}年{month}{day}日 {weekday}", "{weekday}, {day} {month} {year}"),
    "months": (
        "1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月",
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    ),
    # feeds
    "feed_events": ("事件", "Events"),
    "feed_mediation": ("调解", "Mediation"),
    "feed_cameras": ("设备", "Devices"),
    "feed_statistics": ("统计", "Statistics"),
    "feed_none": ("{feed} 未接入", "{feed} —"),
    "feed_age": ("{feed} {age}", "{feed} {age}"),
    # ages
    "age_s": ("{n}秒前", "{n} s ago"),
    "age_m": ("{n}分钟前", "{n} min ago"),
    "age_h": ("{n}小时前", "{n} h ago"),
    "age_d": ("{n}天前", "{n} d ago"),
    "for_s": ("{n}秒", "{n} s"),
    "for_m": ("{n}分钟", "{n} min"),
    "for_h": ("{n}小时", "{n} h"),
    "for_d": ("{n}天", "{n} d"),
    # banner
    "banner_stale": (
        "数据已停更 {age} · 截至 {at} · {reason}",
        "No new data for {age} · as of {at} · {reason}",
    ),
    "banner_never": ("暂时读不到数据 · {reason}", "No data can be read yet · {reason}"),
    "banner_down": (
        "连接中断，正在重连 · 画面数据已 {age} 未更新",
        "Connection lost, reconnecting · the screen is {age} old",
    ),
    "banner_catching_up": (
        "历史数据补入中，较长窗口尚不完整 · 待入 {waiting} 批",
        "History is still coming in, longer windows are not complete · {waiting} messages to go",
    ),
    "banner_worker_silent": (
        "处理程序 {age} 无响应 · 画面可能缺少新数据",
        "The worker has been silent for {age} · new data may be missing",
    ),
    "banner_connecting": ("正在连接…", "Connecting…"),
    "reason_store": ("存储无响应", "the store does not answer"),
    "reason_slow": ("查询超时", "the store is slow"),
    "problem_warning": ("没有编号为 {id} 的预警", "There is no warning {id}"),
    "problem_area": (
        "没有区域 {code}，或不在本席位可见范围内",
        "No area {code}, or it lies outside this viewer's area",
    ),
    "problem_indicator": ("没有指标 {name}", "No indicator {name}"),
    "problem_window": ("没有窗口 {name}", "No window {name}"),
    "problem_at": ("时刻 {value} 不是带时区的 RFC 3339 时间", "{value} is no RFC 3339 time with offset"),
    "problem_home": ("返回首页", "Back to the start"),
    "not_found": ("没有这个页面", "There is no such page"),
    # comparisons
    "previous": ("环比", "Prev."),
    "year_ago": ("同比", "Year"),
    "new": ("新增", "new"),
    "points": ("点", "pt"),
    "no_data": ("无数据", "No data"),
    # units
    "unit_min": ("分钟", "min"),
    "unit_hour": ("小时", "h"),
    "unit_day": ("天", "d"),
    "unit_score": ("分", "/ 5"),
    "unit_per_10k": ("每万人", "per 10k"),
    # map
    "indicator": ("指标", "Indicator"),
    "window": ("窗口", "Window"),
    "topic_events": ("网格事件", "Grid events"),
    "topic_mediation": ("矛盾纠纷", "Mediation"),
    "topic_cameras": ("视频设备", "Cameras"),
    "topic_statistics": ("社会统计", "Statistics"),
    "legend_unknown": ("无数据", "No data"),
    "legend_higher": ("越高越好", "higher is better"),
    "legend_lower": ("越低越好", "lower is better"),
    "legend_neutral": ("仅表多少", "amount only"),
    "map_unplaced": ("{n} 个区域没有边界，未上图", "{n} areas have no boundary and are not drawn"),
    "map_loading": ("正在载入地图…", "Loading the map…"),
    "map_none": ("本区域没有边界数据", "There is no boundary for this area"),
    # pages
    "page_wall": ("大屏", "Wall"),
    "page_explore": ("查询", "Explore"),
    "page_warnings": ("预警", "Warnings"),
    "tour_on": ("巡屏 {at} / {n}", "Tour {at} / {n}"),
    "tour_off": ("开始巡屏", "Start the tour"),
    "tour_held": ("巡屏暂停", "Tour held"),
    "tour_alarm": ("新红色预警", "New red warning"),
    # panels
    "ranking": ("{indicator} · {level}", "{indicator} · {level}"),
    "ranking_worst": ("由差到好", "worst first"),
    "ranking_most": ("由多到少", "most first"),
    "ranking_note": ("{order} · {n}", "{order} · {n}"),
    "unassigned": ("未落格", "Unassigned"),
    "trend": ("近30天上报与办结", "Reported and closed, 30 days"),
    "trend_reported": ("上报", "Reported"),
    "trend_closed": ("办结", "Closed"),
    "heat": ("时段 × 类别", "Hour × category"),
    "heat_none": ("本窗口没有事件", "No events in this window"),
    "cameras": ("视频设备在线", "Cameras online"),
    "cameras_offline": ("{online} / {registered} · 离线 {n}", "{online} / {registered} · {n} offline"),
    "cameras_all_online": ("设备全部在线", "All devices online"),
    "cameras_none": ("没有设备数据", "No device data"),
    "status_offline": ("离线", "offline"),
    "status_fault": ("故障", "fault"),
    "status_silent": ("静默", "silent"),
    "mediation": ("矛盾纠纷调解", "Mediation"),
    "mediation_none": ("本窗口没有纠纷", "No disputes in this window"),
    "triage_red": ("红色", "Red"),
    "triage_yellow": ("黄色", "Yellow"),
    "triage_blue": ("蓝色", "Blue"),
    "triage_": ("未分色", "Not triaged"),
    "outcome_succeeded": ("成功", "Succeeded"),
    "outcome_failed": ("不成功", "Failed"),
    "outcome_": ("在调", "Open"),
    "funnel": ("纠纷化解流程", "Disputes, step by step"),
    "funnel_registered": ("登记", "Registered"),
    "funnel_accepted": ("受理", "Accepted"),
    "funnel_settled": ("办结", "Settled"),
    "funnel_succeeded": ("调成", "Succeeded"),
    "flow": ("近24小时事件流", "Events, last 24 hours"),
    "flow_now": ("上报", "Reported"),
    "flow_usual": ("平日（近4周同期）", "Usual (4 weeks)"),
    "flow_no_usual": ("尚无历史", "No history yet"),
    "matrix": ("事件量 · 类别 × {level}", "Events · category × {level}"),
    "counts_note": ("{window} · 件", "{window} · counts"),
    "week": ("事件量 · 时段 × 星期", "Hour × weekday"),
    "week_note": ("近4周 · 件", "Events, 4 weeks"),
    "weekdays_short": ("周一 周二 周三 周四 周五 周六 周日", "Mon Tue Wed Thu Fri Sat Sun"),
    # warnings
    "warnings": ("风险预警", "Warnings"),
    "warnings_counts": ("红 {red} · 黄 {yellow} · 蓝 {blue}", "{red} red · {yellow} yellow · {blue} blue"),
    "warnings_calm": ("暂无预警", "No warnings"),
    "warnings_blind": ("事件数据静默，无法判断有无预警", "Events are silent: warnings cannot be judged"),
    "warning_red": ("红色", "Red"),
    "warning_yellow": ("黄色", "Yellow"),
    "warning_blue": ("蓝色", "Blue"),
    "warning_observed": ("{observed} 件 / 预期 {expected}", "{observed} / exp. {expected}"),
    "warning_observed_only": ("{observed} 件", "{observed}"),
    "warning_ticker": ("【{colour}】{at} {area} {what}", "[{colour}] {at} {area}: {what}"),
    "state_raised": ("待签收", "raised"),
    "state_acknowledged": ("已签收", "taken"),
    "state_handled": ("已处置", "handled"),
    "rule_surge": ("数量异常升高", "Unusual rise"),
    "rule_overdue": ("超期未办结", "Overdue"),
    "rule_due_soon": ("即将超期", "Due soon"),
    "rule_escalated": ("纠纷提级", "Escalated"),
    "rule_devices_offline": ("设备成片离线", "Devices offline"),
    "rule_feed_silent": ("数据源静默", "Feed silent"),
    # help page
    "help_title": ("指标说明", "The indicators"),
    "help_lead": (
        "每个指标只定义一次，磁贴、地图、排行、接口与导出用同一口径。没有数据显示为“—”，绝不显示为 0。",
        "Every indicator is defined once, for tile, map, ranking, API and export alike. "
        "No data is shown as “—”, never as 0.",
    ),
    "help_name": ("指标", "Indicator"),
    "help_formula": ("口径", "Definition"),
    "help_direction": ("方向", "Direction"),
    "help_basis": ("统计基准", "Counted over"),
    "help_thresholds": ("黄 / 红线", "Yellow / red at"),
    "direction_higher": ("越高越好", "Higher is better"),
    "direction_lower": ("越低越好", "Lower is better"),
    "direction_neutral": ("中性", "Neutral"),
    "over_cohort": ("窗口内上报（登记）的", "Reported in the window"),
    "over_flow": ("窗口内发生的", "Happened in the window"),
    "over_stock": ("此刻全部", "All known now"),
    "over_device": ("此刻设备", "Devices now"),
    "over_availability": ("窗口内时长", "Time in the window"),
    "over_statistic": ("最新一期统计", "Newest period"),
    "back_to_screen": ("返回大屏", "Back to the screen"),
    # API page
    "docs_title": ("接口说明", "The interface"),
    "docs_lead": (
        "全部为只读 GET，返回 JSON；出错时返回 RFC 9457 问题对象。机器可读：{link}",
        "All read-only GET with JSON answers; errors are RFC 9457 problem objects. For machines: {link}",
    ),
    "docs_try": ("试一试", "Try it"),
    "docs_parameter": ("参数", "Parameter"),
    "docs_meaning": ("含义", "Meaning"),
}


def text(key: str, language: str, **places: object) -> str:
    """The words for `key`; raises `KeyError` for a key the catalogue lacks."""
    zh, en = CATALOGUE[key]
    words = en if language == "en" else zh
    return words.format(**places) if places else words


def known(key: str) -> bool:
    """Whether the catalogue has the key: for words that come from data, such as a warning's rule."""
    return key in CATALOGUE
