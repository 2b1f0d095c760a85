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
