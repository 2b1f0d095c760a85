/* Who never chose a theme has the system's: of no choice at all the theme's script would complain. */
document.documentElement.dataset.mode ||= "auto";
/* The place that the address names; one that is not written as addresses are is taken as it is. */
function placeNamed() {
  const written = location.hash.slice(1);
  try { return decodeURIComponent(written); } catch { return written; }
}
/* Folds: a link into one opens it; on paper all are open. */
function openAround(place) {
  for (let at = place; at; at = at.parentElement) {
    if (at.matches("details")) at.open = true;
    if (at.matches("section.fold")) at.querySelector(":scope > details").open = true;
  }
}
function openLinked() {
  const place = document.getElementById(placeNamed());
  if (!place || !place.closest("details, section.fold")) return;
  openAround(place);
  place.scrollIntoView({ behavior: "instant" });
}
addEventListener("DOMContentLoaded", openLinked);
addEventListener("hashchange", openLinked);
/* Above the place that an address names, a figure grows when it comes into sight: stay there, until
   the reader moves. */
addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById(placeNamed());
  if (!place || performance.getEntriesByType("navigation")[0]?.type !== "navigate") return;
  const stay = new ResizeObserver(() => place.scrollIntoView({ behavior: "instant" }));
  stay.observe(document.querySelector("article"));
  const leave = () => stay.disconnect();
  for (const move of ["wheel", "touchstart", "pointerdown", "keydown"]) addEventListener(move, leave, { once: true, passive: true });
  setTimeout(leave, 5000);
});
/* A second click on the same link changes no address. */
addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) openLinked();
});
addEventListener("beforeprint", () => {
  const { dataset } = document.documentElement;
  Object.assign(dataset, { themeOnScreen: dataset.theme, theme: "light" });
  for (const image of document.images) image.loading = "eager";
  for (const fold of document.querySelectorAll("section.fold > details:not([open])")) {
    fold.open = true;
    fold.dataset.printed = "";
  }
});
addEventListener("afterprint", () => {
  const { dataset } = document.documentElement;
  if (dataset.themeOnScreen) dataset.theme = dataset.themeOnScreen;
  for (const fold of document.querySelectorAll("details[data-printed]")) {
    fold.open = false;
    delete fold.dataset.printed;
  }
});

/* What is explained where it stands, a word or a claim's number: the first tap shows it, the second
   follows the link; Escape hides it. `place` keeps it inside the window. */
function explain(selector, place) {
  let touched = null;
  for (const said of document.querySelectorAll(selector)) {
    const show = () => { said.classList.remove("closed"); place(said); };
    said.addEventListener("pointerenter", show);
    said.addEventListener("focusin", show);
    said.querySelector("a").addEventListener("click", (event) => {
      if (event.pointerType !== "touch" || touched === said) return;
      event.preventDefault();
      touched = said;
      show();
    });
  }
  document.addEventListener("pointerdown", (event) => {
    if (touched && !touched.contains(event.target)) touched = null;
  });
}
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const shown = ":is(.def, .claim-said-here):is(:hover, :focus-within), .number:is(:hover, :focus)";
  for (const said of document.querySelectorAll(shown)) said.classList.add("closed");
});
addEventListener("DOMContentLoaded", () => explain(".def", (word) => {
  const tip = word.querySelector(".def-tip");
  tip.style.left = "";
  const over = tip.getBoundingClientRect().right - document.documentElement.clientWidth + 12;
  if (over > 0 && getComputedStyle(tip).position === "absolute") tip.style.left = `${-over}px`;
}));
/* The expression behind a number is told when the number is reached, and shown again after Escape. */
for (const event of ["pointerover", "focusin"]) {
  addEventListener(event, ({ target }) => {
    if (!target.matches?.(".number")) return;
    target.setAttribute("aria-description", target.dataset.from);
    target.classList.remove("closed");
  });
}
/* What scrolls within itself can be reached, and so scrolled, by keyboard. */
function reachScrollers() {
  for (const box of document.querySelectorAll("div.math, .table-scroll, .output.text_html")) {
    box.toggleAttribute("tabindex", box.scrollWidth > box.clientWidth);
    if (box.hasAttribute("tabindex")) box.tabIndex = 0;
  }
}
for (const event of ["load", "resize", "toggle"]) addEventListener(event, reachScrollers, true);
/* A list of pages or contents that closes gives the keyboard back to the button that opened it. */
addEventListener("DOMContentLoaded", () => {
  for (const side of ["primary", "secondary"]) {
    const closed = () => document.querySelector(`.${side}-toggle`)?.focus();
    document.getElementById(`pst-${side}-sidebar-modal`)?.addEventListener("close", closed);
  }
});
