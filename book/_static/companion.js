/* The ledger's filters: verdict buttons, paper, kind, chapter and a search box, and how many are
   left. The filters stand in the address, so that a filtered view can be linked and Back works. */
document.addEventListener("DOMContentLoaded", () => {
  const bar = document.querySelector(".claims-filter");
  if (!bar) return;
  const rows = [...document.querySelectorAll("table.claims tbody tr")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const buttons = [...bar.querySelectorAll("button")];
  const selects = [...bar.querySelectorAll("select")];
  const search = bar.querySelector("input");
  const count = bar.querySelector(".claims-count");
  let verdict = "";

  function show() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fitting = rows.filter(
      (row) =>
        selects.every((s) => !s.value || row.dataset[s.dataset.filter] === s.value) &&
        words.every((word) => texts.get(row).includes(word))
    );
    const left = new Set(fitting.filter((row) => !verdict || row.dataset.verdict === verdict));
    for (const row of rows) row.hidden = !left.has(row);
    for (const button of buttons) {
      const name = button.dataset.verdict;
      button.classList.toggle("active", name === verdict);
      button.setAttribute("aria-pressed", name === verdict);
      button.querySelector("b").textContent =
        fitting.filter((row) => !name || row.dataset.verdict === name).length;
    }
    count.textContent = left.size === rows.length ? "" : `${left.size} of ${rows.length} claims`;
  }

  function remember() {
    const said = new URLSearchParams();
    if (verdict) said.set("verdict", verdict);
    for (const s of selects) if (s.value) said.set(s.dataset.filter, s.value);
    if (search.value) said.set("search", search.value);
    const query = said.toString();
    try {
      history.replaceState(null, "", (query ? `?${query}` : location.pathname) + location.hash);
    } catch { /* a page opened as a file may not change its address */ }
  }

  function recall() {
    const said = new URLSearchParams(location.search);
    verdict = said.get("verdict") || "";
    for (const s of selects) s.value = said.get(s.dataset.filter) || "";
    search.value = said.get("search") || "";
    show();
  }

  /* A link to a row shows it, whatever is filtered. */
  function showLinked() {
    const row = rows.find((r) => `#${r.id}` === location.hash);
    if (!row || !row.hidden) return;
    verdict = "";
    for (const s of selects) s.value = "";
    search.value = "";
    show();
    remember();
    row.scrollIntoView({ behavior: "instant" });
  }

  for (const button of buttons) {
    button.addEventListener("click", () => { verdict = button.dataset.verdict; show(); remember(); });
  }
  for (const input of [...selects, search]) {
    input.addEventListener("input", () => { show(); remember(); });
  }
  window.addEventListener("hashchange", showLinked);
  /* After Back a browser puts old choices into the fields behind the script's back. */
  window.addEventListener("pageshow", () => { recall(); showLinked(); });
  recall();
  showLinked();
});

/* The list of figures: whoever comes by a figure's "cite" finds its entry open. */
function openCitation() {
  const place = location.hash.startsWith("#map-") && document.getElementById(location.hash.slice(1));
  if (place) place.querySelector("details").open = true;
}
addEventListener("DOMContentLoaded", openCitation);
addEventListener("hashchange", openCitation);

/* Folds: a link into one opens it, so does a word that was searched for; on paper all are open. */
function openAround(place) {
  for (let at = place; at; at = at.parentElement) {
    if (at.matches("details")) at.open = true;
    if (at.matches("section.fold")) at.querySelector(":scope > details").open = true;
  }
}
function openLinked() {
  const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!place || !place.closest("details, section.fold")) return;
  openAround(place);
  place.scrollIntoView({ behavior: "instant" });
}
addEventListener("DOMContentLoaded", openLinked);
addEventListener("hashchange", openLinked);
/* A second click on the same link changes no address. */
addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link && link.hash === location.hash) openLinked();
});
addEventListener("load", () => {
  for (const word of document.querySelectorAll("details .highlighted")) openAround(word);
});
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("section.fold > details:not([open])")) {
    fold.open = true;
    fold.dataset.printed = "";
  }
});
addEventListener("afterprint", () => {
  for (const fold of document.querySelectorAll("details[data-printed]")) {
    fold.open = false;
    delete fold.dataset.printed;
  }
});

/* Words with their meaning: the first tap shows it, the second follows the link; Escape hides it,
   and it stays inside the window. */
addEventListener("DOMContentLoaded", () => {
  let touched = null;
  for (const word of document.querySelectorAll(".def")) {
    const tip = word.querySelector(".def-tip");
    const show = () => {
      word.classList.remove("closed");
      tip.style.left = "";
      const over = tip.getBoundingClientRect().right - document.documentElement.clientWidth + 12;
      if (over > 0 && getComputedStyle(tip).position === "absolute") tip.style.left = `${-over}px`;
    };
    word.addEventListener("pointerenter", show);
    word.addEventListener("focusin", show);
    word.querySelector("a").addEventListener("click", (event) => {
      if (event.pointerType !== "touch" || touched === word) return;
      event.preventDefault();
      touched = word;
      show();
    });
  }
  document.addEventListener("pointerdown", (event) => {
    if (touched && !touched.contains(event.target)) touched = null;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const word of document.querySelectorAll(".def:is(:hover, :focus-within)")) word.classList.add("closed");
  });
});
