"use strict";
{
  // What the reader chose before, unless the browser keeps nothing for a page from the disk; the
  // address may say otherwise: report.html?lang=en&theme=dark.
  const asked = new URLSearchParams(location.search);
  const remembered = (key) => {
    try { return localStorage.getItem(`geulteul-${key}`); } catch { return null; }
  };
  const remember = (key, value) => {
    try {
      if (value) localStorage.setItem(`geulteul-${key}`, value);
      else localStorage.removeItem(`geulteul-${key}`);
    } catch { /* it is not remembered then */ }
  };
  const root = document.documentElement;
  // The curves are drawn on a canvas, which no style sheet reaches.
  const changed = () => document.dispatchEvent(new Event("geulteul-look"));

  const languages = { ko: document.getElementById("in-ko"), en: document.getElementById("in-en") };
  const wanted = [asked.get("lang"), remembered("lang"), navigator.language?.slice(0, 2), "en"];
  const speak = (language) => {
    languages[language].checked = true;
    root.lang = language;
    changed();
  };
  speak(wanted.find((language) => Object.hasOwn(languages, language ?? "")));
  for (const [language, input] of Object.entries(languages)) {
    input.addEventListener("change", () => { remember("lang", language); speak(language); });
  }

  const button = document.getElementById("theme");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);
  const show = (theme) => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    button.setAttribute("aria-pressed", isDark());
    changed();
  };
  show([asked.get("theme"), remembered("theme")].find((theme) => /^(light|dark)$/.test(theme)));
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    // Whoever wants what the system has goes on to follow it.
    const chosen = (theme === "dark") === system.matches ? null : theme;
    remember("theme", chosen);
    show(chosen);
  });
  system.addEventListener("change", () => show(root.dataset.theme));

  // Tabs as in https://www.w3.org/WAI/ARIA/apg/patterns/tabs/. Without a script there is no list of
  // tabs, and all panels stand beneath one another, each with its heading.
  for (const group of document.querySelectorAll(".tabs")) {
    const list = group.querySelector("[data-tabs]");
    const tabs = [...list.children];
    const panels = tabs.map((tab) => document.getElementById(tab.dataset.panel));
    const choose = (chosen) => tabs.forEach((tab, place) => {
      tab.setAttribute("aria-selected", place === chosen);
      tab.tabIndex = place === chosen ? 0 : -1;
      panels[place].hidden = place !== chosen;
    });
    list.setAttribute("role", "tablist");
    list.hidden = false;
    tabs.forEach((tab, place) => {
      tab.id = `${tab.dataset.panel}-tab`;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", tab.dataset.panel);
      panels[place].setAttribute("role", "tabpanel");
      panels[place].setAttribute("aria-labelledby", tab.id);
      tab.addEventListener("click", () => choose(place));
      tab.addEventListener("keydown", (event) => {
        const steps = { ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0, End: -1 };
        if (!Object.hasOwn(steps, event.key)) return;
        event.preventDefault();
        const next = (steps[event.key] + tabs.length) % tabs.length;
        choose(next);
        tabs[next].focus();
      });
    });
    group.classList.add("live");
    choose(0);
  }

  // Samples are laid like bricks: in their order, each where there is room highest up. A row of the
  // grid is a pixel, and a sample spans as many as it is high; without a script they stand in rows.
  const bricks = new ResizeObserver((entries) => {
    for (const { target, borderBoxSize: [{ blockSize }] } of entries) {
      const margin = parseFloat(getComputedStyle(target).marginBottom);
      target.style.gridRowEnd = `span ${Math.ceil(blockSize + margin)}`;
    }
  });
  for (const wall of document.querySelectorAll(".samples")) {
    wall.classList.add("laid");
    for (const sample of wall.children) bricks.observe(sample);
  }
}
