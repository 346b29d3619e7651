"use strict";
{
  // Bokeh draws the curves; here they take the colours and the language of the page, and the axis
  // that the reader chose. Each source has a column for either axis.
  const SAID = {
    ko: { tokens: "토큰", seconds: "시간", bits: "비트/바이트", step: "발산한 걸음", back: "돌아간 걸음" },
    en: { tokens: "tokens", seconds: "time", bits: "bits/byte", step: "diverged at step", back: "back to step" },
  };
  const AXES = {
    tokens: { format: "0.[0]a", base: 10, mantissas: [1, 2, 5] },
    seconds: { format: "00:00:00", base: 60, mantissas: [1, 2, 5, 10, 15, 20, 30] },
  };
  const HOVER = { tokens: "{0,0}", seconds: "{00:00:00}" };
  const choices = [...document.querySelectorAll("input[name=across]")];
  let plot = null;

  const look = () => {
    if (!plot) return;
    const across = choices.find((choice) => choice.checked).value;
    const said = SAID[document.documentElement.lang] ?? SAID.en;
    const soft = getComputedStyle(document.querySelector(".note")).color;
    for (const axis of [...plot.left, ...plot.below]) axis.major_label_text_color = soft;
    for (const { formatter, ticker } of plot.below) {
      const { format, base, mantissas } = AXES[across];
      formatter.format = format;
      ticker.setv({ base, mantissas });
    }
    for (const { glyph } of plot.renderers) {
      glyph["xs" in glyph ? "xs" : "x"] = { field: across };
    }
    for (const tool of plot.toolbar.tools) {
      if (tool.name === "losses") {
        tool.tooltips = [["", "@run · @split"], [said[across], `$snap_x${HOVER[across]}`], [said.bits, "$snap_y{0.000}"]];
      } else if (tool.name === "setbacks") {
        tool.tooltips = [["", "@run"], [said.step, "@step{0,0}"], [said.back, "@back_to{0,0}"]];
      }
    }
  };

  const item = JSON.parse(document.getElementById("curves-item").textContent);
  Bokeh.embed.embed_item(item).then(() => {
    [plot] = Bokeh.documents[0].roots();
    look();
  });
  for (const choice of choices) choice.addEventListener("change", look);
  document.addEventListener("geulteul-look", look);
}
