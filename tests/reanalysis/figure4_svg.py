"""Draws a small SVG with the structure of Hoffmann's Figure 4, for the digitiser's tests."""

from __future__ import annotations

import base64
import io
import math

import matplotlib.image
import numpy as np

HEIGHT = 400.0
LEFT, RIGHT, BOTTOM, TOP = 80.0, 500.0, 70.0, 410.0  # the panel, y upwards as the paper draws
BAR_LEFT, BAR_RIGHT = 600.0, 617.0
C_RANGE, N_RANGE, LOSS_RANGE = (1e18, 1e24), (3e7, 1e11), (1.8, 5.0)
DROP = 6.25  # of a label's baseline below its tick
COLOURS = [f"#{10 + 20 * k:02x}{200 - 20 * k:02x}80" for k in range(10)]
BUDGETS = {"6e+18": "#a9e1bd", "1e+20": "#357ba3", "3e+21": "#251729"}
FLIP = f"matrix(1,0,0,-1,0,{HEIGHT})"


def place(value: float, limits: tuple[float, float], low: float, high: float) -> float:
    """Return the position of a value on a logarithmic axis."""
    share = math.log(value / limits[0]) / math.log(limits[1] / limits[0])
    return low + share * (high - low)


def x_of(C: float) -> float:
    return place(C, C_RANGE, LEFT, RIGHT)


def y_of(N: float) -> float:
    return place(N, N_RANGE, BOTTOM, TOP)


def bar_y_of(loss: float) -> float:
    return place(loss, LOSS_RANGE, BOTTOM, TOP)


def colour_of(loss: float) -> str:
    """Return the colour of a loss; beyond the bar's ends its last colours stand for all."""
    share = place(loss, LOSS_RANGE, 0.0, 1.0)
    return COLOURS[min(max(int(share * len(COLOURS)), 0), len(COLOURS) - 1)]


def line(path: str, stroke: str) -> str:
    return f'<path transform="{FLIP}" fill="none" stroke="{stroke}" d="{path}"/>'


def label(string: str, x: float, y: float, size: float = 16.5) -> str:
    """Write a text whose baseline starts at (x, y), y upwards."""
    return (
        f'<text transform="matrix(1 0 -0 1 0 {HEIGHT})" font-size="{size}">'
        f'<tspan y="{-y}" x="{x} {x + 10}">{string}</tspan></text>'
    )


def picture(colours: list[str], rows: int = 34) -> str:
    """Return the colour bar as an embedded PNG, highest loss on top."""
    order = [colours[int((row + 0.5) / rows * len(colours))] for row in range(rows)][::-1]
    pixels = [[int(colour[k : k + 2], 16) for k in (1, 3, 5)] for colour in order]
    buffer = io.BytesIO()
    image = np.repeat(np.array(pixels, dtype=np.uint8)[:, None, :], 3, axis=1)
    matplotlib.image.imsave(buffer, image, format="png")
    data = base64.b64encode(buffer.getvalue()).decode()
    scale = (TOP - BOTTOM) / rows
    return (
        f'<g transform="matrix({scale},0,0,{scale},{BAR_LEFT},{HEIGHT - TOP})">'
        f'<image id="image_308" width="3" height="{rows}" '
        f'xlink:href="data:image/png;base64, {data}"/></g>'
    )


def point(C: float, N: float, loss: float) -> str:
    """Draw a run as a disc and its rim."""
    where = f"matrix(1,0,0,-1,{x_of(C)},{HEIGHT - y_of(N)})"
    disc = "M0-3.5C.9-3.5 1.8-3.2 2.5-2.5Z"
    return (
        f'<g><path transform="{where}" d="{disc}" fill="{colour_of(loss)}"/>'
        f'<path transform="{where}" d="{disc}" fill="none" stroke="#000000"/></g>'
    )


def parts(runs: list[tuple[float, float, float]]) -> dict[str, str]:
    """Return the drawing piece by piece, so that a test can damage one."""
    sizes = {"100M": 1e8, "1B": 1e9, "10B": 1e10, "100B": 1e11}
    pieces = {f"size {name}": label(name, 30, y_of(N) - DROP) for name, N in sizes.items()}
    # As in the paper: a label of a result, rounded, that is no tick of the axis.
    pieces["size 40B"] = label("40B", 30, y_of(3.95e10) - DROP)
    for k, (name, colour) in enumerate(BUDGETS.items()):
        x = x_of(float(name))
        pieces[f"slice {name}"] = line(f"M{x} {BOTTOM}V{TOP}", colour)
        pieces[f"sample {name}"] = line(f"M900 {300 - 20 * k}H930", colour)
        pieces[f"legend {name}"] = label(name, 940, 295 - 20 * k, 14)
    for loss in (2.0, 3.0, 4.0, 5.0):
        y = bar_y_of(loss)
        pieces[f"loss tick {loss}"] = line(f"M{BAR_LEFT} {y}H{BAR_LEFT - 4}", "#333333")
        pieces[f"loss {loss}"] = label(f"{loss:.2f}", BAR_LEFT - 44, y - DROP)
    outline = f"M{BAR_LEFT} {BOTTOM}V{BOTTOM + 1} {TOP - 1} {TOP}H{BAR_RIGHT}V{BOTTOM}Z"
    pieces["outline"] = line(outline, "#ffffff")
    pieces["bar"] = picture(COLOURS)
    drawn = "".join(point(*run) for run in runs)
    pieces["points"] = f'<g id="left-points" clip-path="url(#clip_1)">{drawn}</g>'
    return pieces


def svg(pieces: dict[str, str]) -> str:
    """Put the pieces together."""
    clip = f"M{LEFT} {BOTTOM}H{RIGHT}V{TOP}H{LEFT}Z"
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<defs><clipPath id="clip_1"><path transform="{FLIP}" d="{clip}"/></clipPath></defs>'
        f"<g>{''.join(pieces.values())}</g></svg>"
    )
