"use strict";
{
  // The language of the reader, unless they have chosen one on this page before.
  const inputs = [document.getElementById("in-ko"), document.getElementById("in-en")];
  const remembered = () => {
    try { return localStorage.getItem("geulteul-language"); } catch { return null; }
  };
  const remember = (id) => {
    try { localStorage.setItem("geulteul-language", id); } catch { /* nothing is stored then */ }
  };
  const tell = () => { document.documentElement.lang = inputs[0].checked ? "ko" : "en"; };
  const first = (navigator.language || "ko").startsWith("ko") ? "in-ko" : "in-en";
  const chosen = remembered() || first;
  for (const input of inputs) {
    input.checked = input.id === chosen;
    input.addEventListener("change", () => { remember(input.id); tell(); });
  }
  if (!inputs.some((input) => input.checked)) inputs[0].checked = true;
  tell();

  const item = document.getElementById("curves-item");
  if (item) {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const paint = () => {
      const soft = getComputedStyle(document.documentElement).getPropertyValue("--soft").trim();
      for (const plot of Bokeh.documents.flatMap((shown) => shown.roots())) {
        for (const axis of [...plot.left, ...plot.below]) axis.major_label_text_color = soft;
      }
    };
    Bokeh.embed.embed_item(JSON.parse(item.textContent)).then(paint);
    dark.addEventListener("change", paint);
  }
}
