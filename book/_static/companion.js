/* The ledger's filters: verdict buttons, paper, chapter and a search box, and how many are left. */
document.addEventListener("DOMContentLoaded", () => {
  const bar = document.querySelector(".claims-filter");
  if (!bar) return;
  const rows = [...document.querySelectorAll("table.claims tbody tr")];
  const buttons = [...bar.querySelectorAll("button")];
  const selects = [...bar.querySelectorAll("select")];
  const search = bar.querySelector("input");
  const count = bar.querySelector(".claims-count");
  let verdict = "";

  function show() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits =
        (!verdict || row.dataset.verdict === verdict) &&
        selects.every((s) => !s.value || row.dataset[s.dataset.filter] === s.value) &&
        words.every((word) => text.includes(word));
      row.hidden = !fits;
      left += fits;
    }
    for (const button of buttons) {
      const on = button.dataset.verdict === verdict;
      button.classList.toggle("active", on);
      button.setAttribute("aria-pressed", on);
    }
    count.textContent = left === rows.length ? "" : `${left} of ${rows.length} claims`;
  }

  for (const button of buttons) {
    button.addEventListener("click", () => { verdict = button.dataset.verdict; show(); });
  }
  for (const input of [...selects, search]) input.addEventListener("input", show);
  show();
});

/* The list of figures: whoever comes by a figure's "cite" finds its entry open. */
function openCitation() {
  const place = location.hash.startsWith("#map-") && document.getElementById(location.hash.slice(1));
  if (place) place.querySelector("details").open = true;
}
addEventListener("DOMContentLoaded", openCitation);
addEventListener("hashchange", openCitation);
