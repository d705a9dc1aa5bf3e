"""Widgets of a dashboard, and their places on its grid of 24 columns.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Widget: TypeAlias = dict[str, Any]

COLUMNS: Final = 24
_QUARTER: Final = 6
_HEIGHT: Final = 6
_HOUR: Final = 3600


def text(markdown: str, *, height: int) -> Widget:
    """Words over the whole width."""
    return {
        "type": "text",
        "width": COLUMNS,
        "height": height,
        "properties": {"markdown": markdown},
    }


def metrics(
    title: str,
    entries: Sequence[Sequence[Any]],
    *,
    period: int = _HOUR,
    width: int = _QUARTER,
) -> Widget:
    """Numbers over time, one for each `period` seconds."""
    properties = {
        "title": title,
        "metrics": list(entries),
        "period": period,
        "view": "timeSeries",
        "stacked": False,
        "yAxis": {"left": {"min": 0}},
    }
    return {"type": "metric", "width": width, "height": _HEIGHT, "properties": properties}


def logs(
    title: str,
    query: str,
    log_groups: Iterable[str],
    *,
    view: Literal["bar", "table", "timeSeries"] = "table",
    width: int = _QUARTER,
) -> Widget:
    """What a log query finds, asked again whenever the dashboard is opened.

    Charts are for queries by `bin()`:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Stats.html
    """
    sources = " | ".join(f"SOURCE '{name}'" for name in log_groups)
    return {
        "type": "log",
        "width": width,
        "height": _HEIGHT,
        "properties": {"title": title, "query": f"{sources} | {query}", "view": view},
    }


def metric(
    of: tuple[str, ...], name: str, *, stat: str = "Sum", label: str = "", right: bool = False
) -> list[Any]:
    """One entry of a widget's metrics; `of` is the namespace and the dimensions."""
    namespace, *dimensions = of
    shown: dict[str, str] = {"stat": stat, "label": label or name}
    if right:
        shown["yAxis"] = "right"
    return [namespace, name, *dimensions, shown]


def laid_out(rows: Iterable[Sequence[Widget]], *, region: str) -> list[Widget]:
    """The widgets side by side, in as many lines as a row takes, all of them about one region."""
    placed: list[Widget] = []
    x, y, tallest = 0, 0, 0
    for row in rows:
        for widget in row:
            if x + widget["width"] > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            placed.append({**widget, "x": x, "y": y, "properties": _in(region, widget)})
            x, tallest = x + widget["width"], max(tallest, widget["height"])
        x, y, tallest = 0, y + tallest, 0
    return placed


def _in(region: str, widget: Widget) -> dict[str, Any]:
    properties: dict[str, Any] = widget["properties"]
    return {**properties, "region": region} if widget["type"] in {"log", "metric"} else properties
