"use strict";
{
  // Bokeh draws the curves; here they take the colours and the language of the page, and the axis
  // that the reader chose. Each source has a column for either axis.
  const SAID = {
    ko: { tokens: "토큰", seconds: "시간", bits: "비트/바이트", step: "발산한 걸음", back: "돌아간 걸음", clock: ["시간", "분", "초"] },
    en: { tokens: "tokens", seconds: "time", bits: "bits/byte", step: "diverged at step", back: "back to step", clock: [" h", " min", " s"] },
  };
  const LETTERS = [[1e9, "B"], [1e6, "M"], [1e3, "k"]];
  const MOST_TOLD = 6; // curves that lie beneath the pointer
  const MOST_TICKS = 6;
  const WIDTH_OF_TICK = 100; // pixels, for the longest of labels
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const choices = [...document.querySelectorAll("input[name=across]")];
  const chart = document.querySelector(".chart");
  let plot = null;
  let view = null;

  const said = () => SAID[document.documentElement.lang] ?? SAID.en;
  const rounded = (number) => Number(number.toPrecision(9));
  const short = (number) => {
    const [size, letter] = LETTERS.find(([least]) => number >= least) ?? [1, ""];
    return `${rounded(number / size)}${letter}`;
  };
  const lasted = (seconds) => {
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, rounded(seconds % 60)];
    const told = parts.map((part, place) => (part ? `${part}${said().clock[place]}` : ""));
    return told.filter(Boolean).join(" ") || "0";
  };
  const AXES = {
    tokens: { tick: short, told: whole.format, base: 10, mantissas: [1, 2, 5] },
    seconds: { tick: lasted, told: (seconds) => lasted(Math.round(seconds)), base: 60, mantissas: [1, 2, 5, 10, 15, 20, 30] },
  };
  const chosen = () => choices.find((choice) => choice.checked).value;

  // What is beneath the pointer, a name and rows of what is told of it; all of it as text.
  const told = (name, rows) => {
    const line = (...texts) => {
      const element = document.createElement("div");
      element.append(...texts);
      return element;
    };
    const strong = document.createElement("b");
    strong.append(name);
    return line(line(strong), ...rows.map(([label, value]) => line(`${label} ${value}`)));
  };
  const TOLD = {
    losses: (source, { index, snap_x, snap_y }) =>
      told(`${source.get_column("run")[index]} · ${source.get_column("split")[index]}`, [
        [said()[chosen()], AXES[chosen()].told(snap_x)],
        [said().bits, snap_y.toFixed(3)],
      ]),
    setbacks: (source, { index }) =>
      told(source.get_column("run")[index], [
        [said().step, whole.format(source.get_column("step")[index])],
        [said().back, whole.format(source.get_column("back_to")[index])],
      ]),
  };

  const look = () => {
    if (!plot) return;
    const { tick, base, mantissas } = AXES[chosen()];
    const { color } = getComputedStyle(document.querySelector(".note"));
    const { fontFamily } = getComputedStyle(document.body);
    for (const axis of [...plot.left, ...plot.below]) {
      axis.setv({ major_label_text_color: color, major_label_text_font: fontFamily });
    }
    for (const { formatter, ticker } of plot.below) {
      // Bokeh's own format for such numbers calls a million m; one of a script's is evaluated,
      // which the page forbids.
      formatter.doFormat = (ticks) => ticks.map(tick);
      formatter.change.emit();
      const room = Math.floor(chart.clientWidth / WIDTH_OF_TICK);
      ticker.setv({ base, mantissas, desired_num_ticks: Math.max(2, Math.min(MOST_TICKS, room)) });
    }
    for (const { glyph } of plot.renderers) {
      glyph["xs" in glyph ? "xs" : "x"] = { field: chosen() };
    }
  };

  const item = JSON.parse(document.getElementById("curves-item").textContent);
  Bokeh.embed.embed_item(item).then((views) => {
    [view] = views;
    plot = view.model;
    for (const tool of plot.toolbar.tools) {
      if (Object.hasOwn(TOLD, tool.name ?? "")) tool.setv({ tooltips: TOLD[tool.name], limit: MOST_TOLD });
    }
    look();
  });
  for (const choice of choices) choice.addEventListener("change", look);
  document.addEventListener("geulteul-look", look);

  // Bokeh draws for the width of the screen; on paper stands a copy that becomes as wide as that.
  const copy = document.createElement("div");
  copy.className = "on-paper";
  addEventListener("beforeprint", () => {
    if (!view) return;
    const { width, height } = view.bbox;
    const picture = view.export("svg", false).canvas;
    picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    copy.replaceChildren(picture);
    chart.after(copy);
  });
  addEventListener("afterprint", () => copy.remove());
}
