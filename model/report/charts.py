"""The loss curves of all runs in one picture, as an item that Bokeh's script draws."""

from collections.abc import Sequence
from typing import Any

from bokeh.core.types import ID
from bokeh.embed import json_item
from bokeh.models import BoxZoomTool, ColumnDataSource, HoverTool, NumeralTickFormatter, ResetTool
from bokeh.plotting import figure
from bokeh.resources import Resources

from model.report.runs import Run

# Middle tones, told apart on paper and on a dark screen, neighbours unlike for the colour-blind.
PALETTE = (
    "#4477bb",
    "#d0762c",
    "#2f9a78",
    "#b9557f",
    "#8b6fc4",
    "#8a8a35",
    "#3c98b0",
    "#b0563c",
)
TARGET = ID("curves")  # id of the element that the picture is drawn in
MAX_POINTS = 2000  # of a run
TOTAL_POINTS = 40_000  # of all runs together: under a megabyte
LEAST_POINTS = 40
MOST_BITS = 8.0  # a byte told without knowing anything; losses above would squash all others
HEIGHT = 380


def colour_of(number: int) -> str:
    """Return the colour of a run by its number; they come round again."""
    return PALETTE[number % len(PALETTE)]


def curves_item(runs: Sequence[Run]) -> dict[str, Any] | None:
    """
    Draw train (thin, dashed) and valid (strong) losses in bits per byte against tokens.

    Equal runs give equal items: the ids that Bokeh counts through the process are counted anew.

    Returns:
        What `Bokeh.embed.embed_item` takes; None where there is nothing to draw.
    """
    lines = _lines(runs)
    if not lines["run"]:
        return None
    plot = figure(
        height=HEIGHT,
        sizing_mode="stretch_width",
        tools=[BoxZoomTool(), ResetTool()],
        active_drag=None,  # on a phone, dragging scrolls the page
        toolbar_location="above",
        background_fill_alpha=0,
        border_fill_alpha=0,
        outline_line_color=None,
        min_border_left=44,
        y_axis_label=None,
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
    drawn = plot.multi_line(
        "xs",
        "ys",
        source=ColumnDataSource(dict(lines)),
        line_color="colour",
        line_width="width",
        line_alpha="alpha",
        line_dash="dash",
        line_join="round",
    )
    tooltips = [("", "@run · @split"), ("tokens", "$snap_x{0,0}"), ("bits/byte", "$snap_y{0.000}")]
    plot.add_tools(HoverTool(renderers=[drawn], tooltips=tooltips, line_policy="nearest"))
    if is_cut(runs):
        lowest = min(float(losses.min()) for losses in lines["ys"])
        plot.y_range.update(start=min(lowest, MOST_BITS) * 0.95, end=MOST_BITS)
    for axis in plot.axis:
        axis.axis_line_color = None
        axis.minor_tick_line_color = None
        axis.major_tick_line_color = None
        axis.major_label_text_font_size = "12px"
    plot.xaxis.formatter = NumeralTickFormatter(format="0.[0]a")
    plot.yaxis.formatter = NumeralTickFormatter(format="0.0[0]")
    plot.xgrid.grid_line_color = None
    plot.ygrid.grid_line_color = "#808080"
    plot.ygrid.grid_line_alpha = 0.25
    item: dict[str, Any] = dict(json_item(plot, TARGET))
    numbers: dict[str, str] = {}
    renumbered: dict[str, Any] = _renumbered(item, numbers)
    return renumbered


def is_cut(runs: Sequence[Run]) -> bool:
    """Say whether some losses lie above MOST_BITS, where the picture ends."""
    curves = [curve for run in runs for curve in run.curves.values() if len(curve)]
    return any(float(curve.losses.max()) > MOST_BITS for curve in curves)


def script() -> str:
    """Return Bokeh's own script, the part that draws plots."""
    return "\n".join(Resources(mode="inline", components=["bokeh"], minified=True).js_raw)


def _lines(runs: Sequence[Run]) -> dict[str, Sequence[Any]]:
    """Return a row for each curve that has points: its points, name and looks."""
    points = min(MAX_POINTS, max(LEAST_POINTS, TOTAL_POINTS // max(1, len(runs)))) // 2
    names = ("xs", "ys", "run", "split", "colour", "width", "alpha", "dash")
    rows = []
    for number, run in enumerate(runs):
        for split, width, alpha, dash in (
            ("train", 1.3, 0.75, [5, 4]),
            ("valid", 2.4, 1.0, []),
        ):
            if len(run.curves.get(split, ())):
                curve = run.curves[split].thinned(points)
                colour = colour_of(number)
                rows.append(
                    (curve.tokens, curve.losses, run.name, split, colour, width, alpha, dash)
                )
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _renumbered(value: Any, numbers: dict[str, str]) -> Any:  # noqa: ANN401 (JSON)
    """Replace ids of models by numbers in the order in which they are met."""
    if isinstance(value, list):
        return [_renumbered(item, numbers) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: numbers.setdefault(item, f"m{len(numbers)}")
        if key in ("id", "root_id") and isinstance(item, str)
        else _renumbered(item, numbers)
        for key, item in value.items()
    }
