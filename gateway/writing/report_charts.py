"""Charts as inline SVG: bars and lines with presentation attributes only, for a strict CSP.

A chart is one image to a screen reader: the table of its section says the same in figures. Lines
differ in their dashes too, so that a grey print still tells them apart.
"""

from collections.abc import Callable, Iterator
from html import escape

from gateway.services.report_shapes import Chart

Whole = Callable[[int], str]
"""Writes a count in the reader's language."""

COLOURS = ("#1F3864", "#2E7D5B", "#B26A00", "#A4262C")
"""At least 3:1 against white (WCAG 1.4.11)."""

_INK, _GRID = "#1A1A1A", "#D0D5DD"
_WIDTH, _HEIGHT = 720, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 40, 42
_DASHES = ("", "6 3", "2 3", "8 3 2 3")


def svg(chart: Chart, whole: Whole) -> str:
    """The chart as an <svg> element."""
    most = max((value for _, values in chart.series for value in values), default=0)
    top = nice_top(most)
    drawn = _lines(chart, top) if chart.lines else _bars(chart, top)
    parts = [
        f'<svg class="chart" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(chart.title)}" font-size="12" fill="{_INK}">',
        *_legend(chart),
        *_axis(top, whole),
        *_labels(chart),
        *drawn,
        "</svg>",
    ]
    return "".join(parts)


def nice_top(most: int) -> int:
    """The end of an axis: 4, 8 or 20 times a power of ten, so that its quarters are whole."""
    power = 1
    while True:
        for step in (4, 8, 20):
            if step * power >= most:
                return step * power
        power *= 10


def _y(value: int, top: int) -> float:
    return round(_HEIGHT - _BOTTOM - value * (_HEIGHT - _TOP - _BOTTOM) / top, 1)


def _axis(top: int, whole: Whole) -> Iterator[str]:
    for step in range(5):
        value = top * step // 4
        y = _y(value, top)
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}" stroke="{_GRID}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{whole(value)}</text>'


def _legend(chart: Chart) -> Iterator[str]:
    step = (_WIDTH - _LEFT) // max(1, len(chart.series))
    for place, (name, _) in enumerate(chart.series):
        x, colour = _LEFT + place * step, COLOURS[place % len(COLOURS)]
        yield f'<rect x="{x}" y="8" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{x + 18}" y="18">{escape(name)}</text>'


def _labels(chart: Chart) -> Iterator[str]:
    """As many as there is room for; the table has them all."""
    count = len(chart.labels)
    room = max(1, -(-count * 78 // (_WIDTH - _LEFT - _RIGHT)))
    for place, label in enumerate(chart.labels):
        if place % room == 0:
            x = _x(place, count, chart.lines)
            text = escape(label if len(label) <= 24 else label[:23] + "…")
            yield f'<text x="{x}" y="{_HEIGHT - 18}" text-anchor="middle">{text}</text>'


def _x(place: int, count: int, lines: bool) -> float:
    width = _WIDTH - _LEFT - _RIGHT
    if lines:
        return round(_LEFT + 36 + place * (width - 72) / max(1, count - 1), 1)
    return round(_LEFT + (place + 0.5) * width / max(1, count), 1)


def _bars(chart: Chart, top: int) -> Iterator[str]:
    count, kinds = len(chart.labels), len(chart.series)
    group = min(160.0, (_WIDTH - _LEFT - _RIGHT) / max(1, count) * 0.8)
    wide = round(group / kinds, 1)
    for at, (_, values) in enumerate(chart.series):
        for place, value in enumerate(values):
            x = round(_x(place, count, False) - group / 2 + at * wide, 1)
            y = _y(value, top)
            height = round(_HEIGHT - _BOTTOM - y, 1)
            colour = COLOURS[at % len(COLOURS)]
            yield (f'<rect x="{x}" y="{y}" width="{round(wide - 1, 1)}" height="{height}" '
                   f'fill="{colour}"/>')  # fmt: skip


def _lines(chart: Chart, top: int) -> Iterator[str]:
    count = len(chart.labels)
    for at, (_, values) in enumerate(chart.series):
        points = " ".join(_point(place, value, count, top) for place, value in enumerate(values))
        dash = f' stroke-dasharray="{_DASHES[at % 4]}"' if _DASHES[at % 4] else ""
        yield (f'<polyline points="{points}" fill="none" stroke="{COLOURS[at % len(COLOURS)]}" '
               f'stroke-width="2.5"{dash}/>')  # fmt: skip


def _point(place: int, value: int, count: int, top: int) -> str:
    return f"{_x(place, count, True)},{_y(value, top)}"
