"""Lines over the number of nodes, as SVG that is legible on light and on dark pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 400, 300, 56, 48, 110, 44
COLOURS = ("blue", "orange", "green", "red", "violet", "grey")
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 } .title { font-weight: 600 }
.page { fill: #ffffff } .grid { stroke: #d1d9e0 } .line { fill: none; stroke-width: 2 }
.blue { stroke: #0969da; fill: #0969da } .orange { stroke: #bc4c00; fill: #bc4c00 }
.green { stroke: #1a7f37; fill: #1a7f37 } .red { stroke: #cf222e; fill: #cf222e }
.violet { stroke: #8250df; fill: #8250df } .grey { stroke: #59636e; fill: #59636e }
.line { fill: none } text[class] { stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .page { fill: #0d1117 } .grid { stroke: #3d444d }
  .blue { stroke: #4493f8; fill: #4493f8 } .orange { stroke: #db6d28; fill: #db6d28 }
  .green { stroke: #3fb950; fill: #3fb950 } .red { stroke: #f85149; fill: #f85149 }
  .violet { stroke: #ab7df8; fill: #ab7df8 } .grey { stroke: #9198a1; fill: #9198a1 }
  .line { fill: none } text[class] { stroke: none }
}
"""


@dataclass
class Panel:
    """One diagram: its title, and lines by name, each a value for every place on the x axis."""

    title: str
    places: Sequence[str]
    lines: Mapping[str, Sequence[float]]


def svg(panels: Sequence[Panel], description: str) -> str:
    """Returns the panels side by side."""
    width = WIDTH * len(panels)
    drawn = "".join(_panel(panel, WIDTH * place) for place, panel in enumerate(panels))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}"'
        f' role="img"><title>{description}</title><style>{STYLE}</style>'
        f'<rect class="page" width="{width}" height="{HEIGHT}"/>{drawn}</svg>\n'
    )


def _panel(panel: Panel, x: int) -> str:
    top = _round_up(max(value for line in panel.lines.values() for value in line))
    parts = [f'<g transform="translate({x},0)"><text class="title" x="12" y="24">{panel.title}</text>']
    for quarter in range(5):
        value, y = top * quarter / 4, _y(quarter / 4)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:g}</text>')
    for place, name in enumerate(panel.places):
        parts.append(f'<text x="{_x(panel, place)}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{name}</text>')
    heights = _apart([line[-1] / top for line in panel.lines.values()])
    for (name, line), colour, height in zip(panel.lines.items(), COLOURS, heights, strict=False):
        points = " ".join(f"{_x(panel, place)},{_y(value / top)}" for place, value in enumerate(line))
        parts.append(f'<polyline class="line {colour}" points="{points}"/>')
        parts += [
            f'<circle class="{colour}" r="3" cx="{p.split(",")[0]}" cy="{p.split(",")[1]}"/>' for p in points.split()
        ]
        parts.append(f'<text class="{colour}" x="{WIDTH - RIGHT + 10}" y="{height + 4}">{name}</text>')
    return "".join(parts) + "</g>"


def _x(panel: Panel, place: int) -> float:
    return round(LEFT + 12 + (WIDTH - LEFT - RIGHT - 24) * place / max(1, len(panel.places) - 1), 1)


def _y(share: float) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)


def _apart(shares: Sequence[float], least: float = 15) -> list[float]:
    """Returns a height for each line's name: beside its end, but no two on top of each other."""
    heights = [0.0] * len(shares)
    above = float(HEIGHT)
    for place in sorted(range(len(shares)), key=lambda place: shares[place]):
        above = heights[place] = min(_y(shares[place]), above - least)
    return heights


def _round_up(value: float) -> float:
    """Returns a number at or above `value` that is good to read in quarters."""
    power = 10.0 ** (len(str(int(value))) - 1)
    return next(power * step for step in (1, 1.2, 1.6, 2, 3, 4, 6, 8, 10) if power * step >= value)
