"""The loss curves of all runs in one picture, as an item that Bokeh's script draws."""

from collections.abc import Iterator, Sequence
from typing import Any

from bokeh.core.types import ID
from bokeh.embed import json_item
from bokeh.models import (
    BoxZoomTool,
    ColumnDataSource,
    HoverTool,
    NoOverlap,
    NumeralTickFormatter,
    ResetTool,
)
from bokeh.plotting import figure
from bokeh.resources import Resources

from model.report.runs import Run

# Middle tones, at least 3:1 on paper and on a dark screen, neighbours unlike for the colour-blind.
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
AXES = ("tokens", "seconds", "losses")
LOOKS = ("colour", "width", "alpha", "dash")
TARGET = ID("curves")  # id of the element that the picture is drawn in
MAX_POINTS = 2000  # of a run
TOTAL_POINTS = 30_000  # of all runs together: some megabyte
LEAST_POINTS = 40
MOST_BITS = 8.0  # a byte told without knowing anything; losses above would squash all others
HEIGHT = 380
ALARM = "#cc4433"

Columns = dict[str, Any]
"""Of a source of Bokeh: as many values in each column."""


def colour_of(number: int) -> str:
    """Return the colour of a run by its number; they come round again."""
    return PALETTE[number % len(PALETTE)]


def curves_item(runs: Sequence[Run]) -> dict[str, Any] | None:
    """
    Draw train (thin, dashed) and valid (strong) losses in bits per byte against tokens.

    Where a training diverged and went back, a triangle stands on its curve. The sources have
    seconds beside tokens, and the page's script changes the one for the other; it also writes the
    numbers beneath the axis and what the pointer is told, in the reader's language. Equal runs give
    equal items: the ids that Bokeh counts through the process are counted anew.

    Returns:
        What `Bokeh.embed.embed_item` takes; None where there is nothing to draw.
    """
    lines = _columns((*AXES, "run", "split", *LOOKS), _lines(runs))
    if not lines["run"]:
        return None
    plot = _empty_plot()
    _draw_losses(plot, lines)
    _draw_setbacks(plot, _columns((*AXES, "run", "step", "back_to"), _setbacks(runs)))
    if is_cut(runs):
        lowest = min(float(losses.min()) for losses in lines["losses"])
        plot.y_range.update(start=min(lowest, MOST_BITS) * 0.95, end=MOST_BITS)
    item: dict[str, Any] = dict(json_item(plot, TARGET))
    numbers: dict[str, str] = {}
    renumbered: dict[str, Any] = _renumbered(item, numbers)
    return renumbered


def _empty_plot() -> figure:
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
    for axis in plot.axis:
        axis.axis_line_color = None
        axis.minor_tick_line_color = None
        axis.major_tick_line_color = None
        axis.major_label_text_font_size = "12px"
    plot.xaxis.major_label_policy = NoOverlap()
    plot.yaxis.formatter = NumeralTickFormatter(format="0.0[0]")
    plot.xgrid.grid_line_color = None
    plot.ygrid.grid_line_color = "#808080"
    plot.ygrid.grid_line_alpha = 0.25
    return plot


def _draw_losses(plot: figure, lines: Columns) -> None:
    drawn = plot.multi_line(
        "tokens",
        "losses",
        source=ColumnDataSource(lines),
        line_color="colour",
        line_width="width",
        line_alpha="alpha",
        line_dash="dash",
        line_join="round",
    )
    plot.add_tools(HoverTool(name="losses", renderers=[drawn], visible=False))


def _draw_setbacks(plot: figure, setbacks: Columns) -> None:
    if not setbacks["run"]:
        return
    drawn = plot.scatter(
        "tokens",
        "losses",
        source=ColumnDataSource(setbacks),
        marker="inverted_triangle",
        size=13,
        fill_color=ALARM,
        line_color="white",
    )
    plot.add_tools(HoverTool(name="setbacks", renderers=[drawn], visible=False))


def is_cut(runs: Sequence[Run]) -> bool:
    """Say whether some losses lie above MOST_BITS, where the picture ends."""
    curves = [curve for run in runs for curve in run.curves.values() if len(curve)]
    return any(float(curve.losses.max()) > MOST_BITS for curve in curves)


def script() -> str:
    """Return Bokeh's own script, the part that draws plots."""
    return "\n".join(Resources(mode="inline", components=["bokeh"], minified=True).js_raw)


def _lines(runs: Sequence[Run]) -> Iterator[tuple[Any, ...]]:
    """Yield the points, name and looks of each curve that has points."""
    points = min(MAX_POINTS, max(LEAST_POINTS, TOTAL_POINTS // max(1, len(runs)))) // 2
    for number, run in enumerate(runs):
        for split, *looks in (("train", 1.3, 0.75, [5, 4]), ("valid", 2.4, 1.0, [])):
            if len(run.curves.get(split, ())):
                curve = run.curves[split].thinned(points)
                axes = (curve.tokens, curve.seconds, curve.losses)
                yield (*axes, run.name, split, colour_of(number), *looks)


def _setbacks(runs: Sequence[Run]) -> Iterator[tuple[Any, ...]]:
    """Yield where each training went back, on the curve of valid or, without it, of train."""
    for run in runs:
        curves = [run.curves[k] for k in ("valid", "train") if len(run.curves.get(k, ()))]
        for curve in curves[:1]:
            for setback in run.setbacks:
                # Before its first point there is none to mark; the first one has to do.
                place = curve.before(setback["back_to"]) or 0
                axes = (curve.tokens[place], curve.seconds[place], curve.losses[place])
                yield (*map(float, axes), run.name, setback["step"], setback["back_to"])


def _columns(names: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> Columns:
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(names)
    return dict(zip(names, columns, strict=True))


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
