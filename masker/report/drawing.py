"""Figures as SVG, coloured by the page's own style: shares of a whole, and lanes over time. No script, no font."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

#: Of a drawing, in its own units; the page scales it.
_WIDTH = 1000

_BAR = 26
_ROW = 22
_LEFT = 110

#: Bars narrower than this are not told apart, in units of the drawing.
_NARROW = 0.6


def shares(parts: Sequence[tuple[str, str, float]], title: str) -> Markup:
    """One bar cut into *parts* (class, word, amount); nothing of a part without an amount."""
    total = sum(amount for _, _, amount in parts) or 1
    x = 0.0
    drawn = []
    for kind, word, amount in parts:
        if amount <= 0:
            continue
        width = _WIDTH * amount / total
        drawn.append(
            Markup('<rect class="{}" x="{:.1f}" y="0" width="{:.1f}" height="{}"><title>{}</title></rect>').format(
                kind, x, max(2.0, width - 2), _BAR, f"{word}: {amount:,.0f}"
            )
        )
        x += width
    return _svg(_WIDTH, _BAR, title, drawn, stretch=True)


def lanes(bars: Sequence[Mapping[str, Any]], groups: Mapping[str, str], title: str) -> Markup:
    """A row for each lane and what it did when; *groups* gives each kind of step its class. Empty without bars."""
    if not bars:
        return Markup()
    end = max(bar["begin"] + bar["seconds"] for bar in bars) or 1.0
    names = sorted({str(bar["lane"]) for bar in bars}, key=lambda name: (not name.startswith("lane"), len(name), name))
    height = len(names) * _ROW + 24
    scale = (_WIDTH - _LEFT - 4) / end
    drawn = []
    for second in _ticks(end):
        x = _LEFT + second * scale
        drawn.append(
            Markup(
                '<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}"/><text x="{0:.1f}" y="{2}" class="tick">'
                "{3}</text>"
            ).format(x, height - 20, height - 6, f"{second:g} s")
        )
    for row, name in enumerate(names):
        drawn.append(Markup('<text x="0" y="{}">{}</text>').format(row * _ROW + 15, name))
        for bar in _merged([bar for bar in bars if str(bar["lane"]) == name], _NARROW / scale):
            what = f"{bar['kind']} {bar['table']}".strip() + (f" and {bar['steps'] - 1} more" * (bar["steps"] > 1))
            drawn.append(
                Markup('<rect class="{}" x="{:.2f}" y="{}" width="{:.2f}" height="{}"><title>{}</title></rect>').format(
                    groups.get(bar["kind"], "other"),
                    _LEFT + bar["begin"] * scale,
                    row * _ROW + 3,
                    max(_NARROW, bar["seconds"] * scale - 0.4),
                    _ROW - 6,
                    f"{what}: {bar['begin']:.2f}–{bar['begin'] + bar['seconds']:.2f} s",
                )
            )
    return _svg(_WIDTH, height, title, drawn)


def _merged(bars: Sequence[Mapping[str, Any]], least_s: float) -> list[dict[str, Any]]:
    """Neighbours of one kind that are too short to be seen one by one, together."""
    found: list[dict[str, Any]] = []
    for bar in sorted(bars, key=lambda each: each["begin"]):
        last = found[-1] if found else None
        if last is not None and last["kind"] == bar["kind"] and bar["seconds"] < 4 * least_s:
            gap = bar["begin"] - (last["begin"] + last["seconds"])
            if gap < 2 * least_s:
                last["seconds"] = bar["begin"] + bar["seconds"] - last["begin"]
                last["steps"] += bar["steps"]
                continue
        found.append(dict(bar))
    return found


def _ticks(end: float) -> list[float]:
    """Round moments from 0 to *end*, at most ten.

    >>> _ticks(3.2)
    [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    """
    step = 0.1
    factors = (2.0, 2.5, 2.0)
    turn = 0
    while end / step > 10:
        step *= factors[turn % 3]
        turn += 1
    return [round(number * step, 6) for number in range(int(end / step) + 1)]


def _svg(width: int, height: int, title: str, drawn: Sequence[Markup], *, stretch: bool = False) -> Markup:
    aspect = Markup(' preserveAspectRatio="none"') if stretch else Markup()
    return Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}"{}>{}</svg>').format(
        width, height, title, aspect, Markup().join(drawn)
    )


def legend(words: Mapping[str, str]) -> Markup:
    """What the classes of a drawing stand for."""
    return Markup('<p class="legend">{}</p>').format(
        Markup(" ").join(Markup('<span><i class="{}"></i>{}</span>').format(k, escape(v)) for k, v in words.items())
    )
