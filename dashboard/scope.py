"""What a viewer looks at: area, window, indicator, language, detail. It lives in the address and every link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, cast, get_args
from urllib.parse import quote, urlencode

from dashboard.readings import Only
from dashboard.settings import LANGUAGES, DashboardSettings, Language
from dashboard.texts import text
from schemas.errors import ConfigError, GridpulseError
from schemas.indicators import BY_NAME
from schemas.packs import Pack
from schemas.windows import WINDOWS, WindowName

Detail = Literal["children", "leaves"]
Theme = Literal["events", "mediation", "cameras", "statistics", "risk"]
Page = Literal["explore", "wall", "warnings", "ops", "events", "mediation", "cameras", "statistics", "risk"]
Shown = Literal["map", "table", "compare"]
PAGES: tuple[Page, ...] = get_args(Page)
THEMES: tuple[Theme, ...] = get_args(Theme)
#: The pages that show the categories of an emergency alone while one is in force.
FOCUSED: tuple[Page, ...] = ("wall", "explore")
#: What a theme's page colours its map by, unless the address says otherwise.
THEME_INDICATORS: dict[Page, str] = {
    "events": "events_reported",
    "mediation": "mediation_success_rate",
    "cameras": "online_rate",
    "statistics": "hotline_rate",
    "risk": "overdue_open",
}


class ScopeError(GridpulseError):
    """What was asked for does not exist or lies outside the viewer's area; `status` is its HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def own_name(name: str, parent: str) -> str:
    """The part of a name that tells an area from its siblings, where names begin with the parent's.

    >>> own_name("东丁社区第5网格", "东丁社区"), own_name("Ward 1 Precinct 2", "Ward 1"), own_name("Ward 12", "Boston")
    ('第5网格', 'Precinct 2', 'Ward 12')
    """
    return name.removeprefix(parent).strip() or name


@dataclass(frozen=True, slots=True)
class Scope:
    """One view. Viewers of equal scopes share one snapshot."""

    area: str
    window: WindowName
    indicator: str
    language: Language
    detail: Detail = "leaves"
    page: Page = "explore"
    category: str = ""
    channel: str = ""
    show: Shown = "map"
    compare: str = ""

    def to(self, **changes: Any) -> Scope:
        """The same view with something changed, for a link."""
        return replace(self, **changes)

    def theme(self, theme: Theme) -> Scope:
        """The page of a theme at the same area, by the theme's own indicator."""
        return self.to(page=theme, indicator=THEME_INDICATORS[theme])

    @property
    def drawn(self) -> Detail:
        """What the map draws: statistics come by the parts of an area, never by its grids, so where nobody can choose
        they are drawn so."""
        by_parts = self.page != "explore" and BY_NAME[self.indicator].over == "statistic"
        return "children" if by_parts else self.detail

    @property
    def href(self) -> str:
        """The address of this view."""
        return _href(self)

    def _address(self) -> str:
        query = {"indicator": self.indicator, "window": self.window, "lang": self.language}
        if self.detail != "leaves":
            query["detail"] = self.detail
        if self.page == "explore":
            query |= {name: value for name, value in self._asked().items() if value}
            return f"/area/{quote(self.area, safe='')}?{urlencode(query)}"
        if self.page in THEMES:
            return f"/area/{quote(self.area, safe='')}/{self.page}?{urlencode(query)}"
        return f"/{self.page}?{urlencode({'area': self.area} | query)}"

    def _asked(self) -> dict[str, str]:
        """What only explore knows, as the address names it."""
        show = "" if self.show == "map" else self.show
        return {"category": self.category, "channel": self.channel, "show": show, "compare": self.compare}

    def plain(self) -> dict[str, str]:
        """As the browser knows it: the names of the address."""
        return {
            "area": self.area,
            "window": self.window,
            "indicator": self.indicator,
            "lang": self.language,
            "detail": self.detail,
            "page": self.page,
            "category": self.category,
            "channel": self.channel,
            "show": self.show,
            "compare": self.compare,
        }


@lru_cache(maxsize=8192)
def _href(scope: Scope) -> str:
    """Some hundred links stand on every screen, the same each second."""
    return scope._address()


class Scopes:
    """Makes scopes of what an address or a message says, within one viewer's area."""

    def __init__(self, pack: Pack, settings: DashboardSettings) -> None:
        """Raises `ConfigError` where the settings name an area or indicator that does not exist."""
        self.pack = pack
        self.viewer_area = settings.viewer_area or pack.areas.root.code
        if self.viewer_area not in pack.areas:
            raise ConfigError(f"GRIDPULSE_VIEWER_AREA: pack {pack.name} has no area {self.viewer_area!r}")
        if settings.indicator not in BY_NAME:
            raise ConfigError(f"GRIDPULSE_INDICATOR: there is no indicator {settings.indicator!r}")
        language = settings.language or ("en" if pack.settings.language == "en" else "zh")
        self.home = Scope(self.viewer_area, settings.window, settings.indicator, language)
        #: What counts in emergency mode; where the pack names none, the incident board goes by urgency alone.
        self.emergency_categories = tuple(
            sorted(entry.code for entry in pack.settings.categories if entry.emergency)
        )

    def area(self, code: str, language: str = "zh") -> str:
        """The code, if this viewer may see it; raises `ScopeError` 404."""
        tree = self.pack.areas
        if code not in tree or not tree.within(code, self.viewer_area):
            raise ScopeError(404, text("problem_area", language, code=code))
        return code

    def read(self, wanted: Mapping[str, Any]) -> Scope:
        """A scope from the names of the address; what is missing is as at home. Raises `ScopeError`."""
        asked = wanted.get("lang") or self.home.language
        language: Language = asked if asked in LANGUAGES else self.home.language
        page = wanted.get("page") or self.home.page
        indicator = wanted.get("indicator") or THEME_INDICATORS.get(page, self.home.indicator)
        if not isinstance(indicator, str) or indicator not in BY_NAME:
            raise ScopeError(422, text("problem_indicator", language, name=indicator))
        detail: Detail = "children" if wanted.get("detail") == "children" else "leaves"
        compare = wanted.get("compare")
        show = wanted.get("show")
        return Scope(
            self.area(str(wanted.get("area") or self.viewer_area), language),
            self.window(wanted.get("window"), language),
            indicator,
            language,
            detail,
            page if page in PAGES else self.home.page,
            self._entry("categories", wanted.get("category"), language),
            self._entry("channels", wanted.get("channel"), language),
            show if show in ("table", "compare") else "map",
            self.area(str(compare), language) if compare else "",
        )

    def _entry(self, kind: str, code: Any, language: str) -> str:
        """The code of a dictionary's entry, '' for none; raises `ScopeError` 422 for one that does not exist."""
        if not code:
            return ""
        if code not in self.pack.entries(kind):
            raise ScopeError(422, text("problem_entry", language, name=code))
        return str(code)

    def only(self, scope: Scope, emergency: bool = False) -> Only | None:
        """The filter of a scope: the category with those below it, the channel; None where there is none. In an
        emergency its categories take the place of all of them."""
        if not scope.category and not scope.channel and not emergency:
            return None
        if emergency and not scope.category:
            return Only(self.emergency_categories, scope.channel)
        wanted = {scope.category} if scope.category else set()
        for entry in self.pack.settings.categories:  # parents come first
            if entry.parent in wanted:
                wanted.add(entry.code)
        return Only(tuple(sorted(wanted)), scope.channel)

    def window(self, name: Any, language: str = "zh") -> WindowName:
        """The window of that name, or the default for none; raises `ScopeError` 422."""
        name = name or self.home.window
        if name not in WINDOWS:
            raise ScopeError(422, text("problem_window", language, name=name))
        return cast(WindowName, name)

    def ancestors(self, code: str) -> tuple[str, ...]:
        """From the viewer's area down to the area: a breadcrumb never leaves the viewer's area."""
        path = [area.code for area in self.pack.areas.ancestors(code)]
        return tuple(path[path.index(self.viewer_area) :])

    def frame(self, code: str) -> str:
        """The area whose children are shown for this one: itself, or its parent where it has no children."""
        if self.pack.areas.children(code) or code == self.viewer_area:
            return code
        return self.pack.areas[code].parent or code
