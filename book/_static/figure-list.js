/* The list of figures: the search above it, which stands in the address (?q=), and the entry of a
   figure that an address names, with its citation open. */
addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector(".figure-search");
  const box = form.querySelector("input");
  const entries = [...document.querySelectorAll(".figure-map .entry")];
  const chapters = [...document.querySelectorAll(".figure-map .of-chapter")];

  function filter() {
    const asked = box.value.toLowerCase().replace(/\bfig\./g, "figure");
    const words = asked.replace(/\bchapter\s+(\d+)/g, "chapter-$1.").split(/\s+/);
    for (const entry of entries) entry.hidden = !words.every((word) => entry.dataset.words.includes(word));
    for (const chapter of chapters) chapter.hidden = !chapter.querySelector(".entry:not([hidden])");
    const found = entries.filter((entry) => !entry.hidden).length;
    form.querySelector("output").textContent =
      `${found} of ${entries.length} figures${found ? "" : "; try fewer words"}`;
  }
  function sayInAddress() {
    const address = new URL(location.href);
    address.search = box.value ? new URLSearchParams({ q: box.value }) : "";
    address.hash = "";
    history.replaceState(null, "", address);
  }
  function openNamed() {
    const entry = document.getElementById(location.hash.slice(1));
    if (!entry?.matches(".entry")) return;
    if (entry.hidden || entry.closest("[hidden]")) {
      box.value = "";
      filter();
    }
    entry.querySelector("details.cite").open = true;
    entry.scrollIntoView({ behavior: "instant" });
  }
  box.value = new URLSearchParams(location.search).get("q") ?? "";
  filter();
  openNamed();
  box.addEventListener("input", () => {
    filter();
    sayInAddress();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", openNamed);
});
