"""The report's pictures, as SVG that needs no network and no fonts of its own.

Sizes are given and nothing is fitted to text, so that the same numbers give the same bytes. Text
has the colour of the page, and causes have the page's colours, so that they are read in the dark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

import altair as alt
import vl_convert

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
INK, DIM = "currentColor", "#8a9299"
NET, GROSS = "var(--net)", "var(--gross)"

_ROW = 24  # px between bars
_SLOT = 17  # px that a code's name needs
_RIBBONS = 420  # px of all ribbons together
_OTHERS = 48  # px of the others, at most
_SEGMENTS = 8


Mark = dict[str, Any]
Layer = tuple[alt.Chart, list[Mark]]
"""How marks are drawn, and the marks."""


class Bar(NamedTuple):
    """A bar: its name, how long it is, the number beside it, and the cause it is coloured by."""

    name: str
    size: float
    text: str
    kind: str = ""


class Shift(NamedTuple):
    """Net and gross change at a level, as shares from 0 to 1, and as they are written."""

    level: str
    net: float
    gross: float
    net_text: str
    gross_text: str


class Flow(NamedTuple):
    """Records that went from one code to another, for one cause."""

    ends: tuple[str, str]
    kind: str
    records: int
    text: str


def colour(kind: str) -> str:
    """The page's colour for a cause."""
    return f"var(--{kind.replace('_', '-')})" if kind else "var(--bar)"


def bars(rows: Sequence[Bar]) -> str:
    """Bars with their names above and their numbers at the end; nothing without any."""
    if not rows:
        return ""
    longest = max(row.size for row in rows) or 1
    values = [
        {
            "x": round(270 * row.size / longest, 1),
            "y": place * 2 * _ROW,
            "name": row.name.replace("_", " "),
            "text": row.text,
            "fill": colour(row.kind),
        }
        for place, row in enumerate(rows)
    ]
    return _svg(_bar_layers(values, 12), 360, len(rows) * 2 * _ROW)


def net_and_gross(rows: Sequence[Shift]) -> str:
    """Two bars for each level, net above gross; nothing without any."""
    if not rows:
        return ""
    values = []
    longest = max(0.01, *(one.gross for one in rows))
    for place, row in enumerate(rows):
        both = ("net", row.net, row.net_text, NET), ("gross", row.gross, row.gross_text, GROSS)
        for step, (name, share, text, fill) in enumerate(both):
            values.append(
                {
                    "x": round(270 * share / longest, 1),
                    "y": place * 74 + step * 22,
                    "name": "" if step else row.level,
                    "text": f"{text} {name}",
                    "fill": fill,
                }
            )
    return _svg(_bar_layers(values, 16), 360, len(rows) * 74)


def _bar_layers(values: list[Mark], thickness: int) -> list[Layer]:
    x, y, fill = _x(), _y(), alt.Fill("fill:N", scale=None)
    under = [{**one, "y": one["y"] + 20, "end": one["y"] + 20 + thickness} for one in values]
    text: dict[str, Any] = {"align": "left", "baseline": "top", "fontSize": 13, "fill": INK}
    return [
        (alt.Chart().mark_text(dy=2, **text).encode(y=y, x=alt.value(0), text="name:N"), values),
        (alt.Chart().mark_rect().encode(x=x, x2=alt.datum(0), y=y, y2="end:Q", fill=fill), under),
        (alt.Chart().mark_text(dx=6, **text).encode(x=x, y=y, text="text:N"), under),
    ]


def _x() -> alt.X:
    return alt.X("x:Q", scale=None, axis=None)


def _y() -> alt.Y:
    return alt.Y("y:Q", scale=None, axis=None)


def ribbons(flows: Sequence[Flow], others: Flow, *, is_wide: bool) -> str:
    """Ribbons from previous to new codes, the largest first; codes alone where it is not wide."""
    width, margin = (900, 300) if is_wide else (350, 104)
    scale = _RIBBONS / max(sum(flow.records for flow in flows), 1)
    left = _stacked(flows, 0, scale)
    right = _stacked(flows, 1, scale, _centres(flows, left))
    floor = max(_floor(left), _floor(right)) + 10
    areas = [
        *_areas(flows, left, right, scale, (margin, width - margin)),
        *_others_area(others, floor, scale, (margin, width - margin)),
    ]
    names = [
        _name(code, place, flows, side, (margin, width), is_wide=is_wide)
        for side, stack in enumerate((left, right))
        for code, place in stack.items()
    ]
    height = floor
    if others.records:
        height += _OTHERS + 4
        is_cut = others.records * scale > _OTHERS
        told = f"{others.text}{' (not to scale)' if is_cut else ''}"
        middle = floor + min(others.records * scale, _OTHERS) / 2
        names.append({"x": width / 2, "y": middle, "text": told, "side": "others"})
    return _svg(_ribbon_layers(areas, names), width, round(height))


def _stacked(
    flows: Sequence[Flow], side: int, scale: float, order: dict[str, float] | None = None
) -> dict[str, tuple[float, float]]:
    """Where each code stands: the top of its slot, and the height; largest first, or as told."""
    sizes: dict[str, float] = {}
    for flow in flows:
        sizes[flow.ends[side]] = sizes.get(flow.ends[side], 0) + flow.records * scale
    ordered = sorted(sizes, key=lambda code: (order[code] if order else -sizes[code], code))
    stack, top = {}, 0.0
    for code in ordered:
        stack[code] = (top, sizes[code])
        top += max(sizes[code], _SLOT) + 3
    return stack


def _centres(flows: Sequence[Flow], left: dict[str, tuple[float, float]]) -> dict[str, float]:
    """How far down each new code's records come from, on average: ribbons then cross seldom."""
    weights: dict[str, tuple[float, float]] = {}
    for flow in flows:
        far, much = weights.get(flow.ends[1], (0.0, 0.0))
        weights[flow.ends[1]] = (
            far + (left[flow.ends[0]][0] + left[flow.ends[0]][1] / 2) * flow.records,
            much + flow.records,
        )
    return {code: far / much for code, (far, much) in weights.items()}


def _floor(stack: dict[str, tuple[float, float]]) -> float:
    return max(top + max(height, _SLOT) for top, height in stack.values())


def _areas(
    flows: Sequence[Flow],
    left: dict[str, tuple[float, float]],
    right: dict[str, tuple[float, float]],
    scale: float,
    edges: tuple[int, int],
) -> list[Mark]:
    """The points of the ribbons, each with its upper and lower edge."""
    used: dict[tuple[int, str], float] = {}
    starts: dict[int, list[float]] = {}
    for side, stack, other in ((0, left, right), (1, right, left)):
        # At each code, ribbons lie in the order of their other ends.
        for number in sorted(range(len(flows)), key=lambda n: other[flows[n].ends[1 - side]][0]):
            flow = flows[number]
            top, height = stack[flow.ends[side]]
            done = used.get((side, flow.ends[side]), 0.0)
            begin = top + max(_SLOT - height, 0) / 2 + done
            starts.setdefault(number, []).append(begin)
            used[side, flow.ends[side]] = done + flow.records * scale
    points = []
    for number, flow in enumerate(flows):
        thick = max(flow.records * scale, 1)
        points += _curve(number, flow.kind, (starts[number][0], starts[number][1]), thick, edges)
    return points


def _curve(
    number: int, kind: str, y: tuple[float, float], thick: float, x: tuple[int, int]
) -> list[Mark]:
    """Points of a ribbon's edges, from one end to the other."""
    points = []
    for step in range(_SEGMENTS + 1):
        along = step / _SEGMENTS
        upper = y[0] + (y[1] - y[0]) * along * along * (3 - 2 * along)
        points.append(
            {
                "flow": number,
                "fill": colour(kind),
                "x": round(x[0] + (x[1] - x[0]) * along, 1),
                "y": round(upper, 1),
                "end": round(upper + thick, 1),
            }
        )
    return points


def _others_area(others: Flow, top: float, scale: float, edges: tuple[int, int]) -> list[Mark]:
    thick = min(others.records * scale, _OTHERS)
    return _curve(-1, "others", (top, top), max(thick, 1), edges) if others.records else []


def _name(
    code: str,
    place: tuple[float, float],
    flows: Sequence[Flow],
    side: int,
    sizes: tuple[int, int],
    *,
    is_wide: bool,
) -> Mark:
    """A code's name beside its ribbons, cut to what there is room for, and its records."""
    margin, width = sizes
    several = [flow for flow in flows if flow.ends[side] == code]
    number = several[0].text if len(several) == 1 else f"{sum(one.records for one in several):,}"
    first, _, title = code.partition(" ")
    is_code = first.isdigit()
    name = first if is_code else code if is_wide else title or code  # "for review", or "review"
    if is_wide and is_code and title:
        room = 34 - len(number)
        cut = title if len(title) <= room else title[: room - 1].rstrip() + "…"
        name = f"{first} {cut}"
    x = margin - 8 if side == 0 else width - margin + 8
    y = place[0] + max(place[1], _SLOT) / 2
    return {"x": x, "y": round(y, 1), "text": f"{name} · {number}", "side": str(side)}


def _ribbon_layers(areas: list[Mark], names: list[Mark]) -> list[Layer]:
    x, y, fill = _x(), _y(), alt.Fill("fill:N", scale=None)
    drawn = alt.Chart().mark_area(interpolate="monotone", fillOpacity=0.72)
    layers = [(drawn.encode(x=x, y=y, y2="end:Q", fill=fill, detail="flow:N"), areas)]
    aligned: dict[str, Literal["right", "left", "center"]]
    aligned = {"0": "right", "1": "left", "others": "center"}
    for side, align in aligned.items():
        text = alt.Chart().mark_text(align=align, baseline="middle", fontSize=12.5, fill=INK)
        of_side = [name for name in names if name["side"] == side]
        layers.append((text.encode(x=x, y=y, text="text:N"), of_side))
    return layers


def _svg(layers: Iterable[Layer], width: int, height: int) -> str:
    """Draw layers whose places are px from the upper left corner."""
    specs, data = [], {}
    for number, (layer, values) in enumerate(layers):
        data[f"marks-{number}"] = values
        specs.append(layer.properties(data=alt.NamedData(f"marks-{number}")))
    chart = (
        alt.layer(*specs)
        .properties(width=width, height=height, autosize={"type": "none"}, padding=0)
        .configure(font=FONT, background="transparent")
        .configure_view(stroke=None)
    )
    # Marks are put in after Altair is done: it would copy and check each several times over.
    return vl_convert.vegalite_to_svg({**chart.to_dict(validate=False), "datasets": data})
