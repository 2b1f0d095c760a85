/* The page of claims: a search box, verdict buttons, and choices of paper, chapter and kind. What
   is chosen stands in the address (?verdict=differs&paper=kaplan2020&q=20:1), so that it can be
   sent and Back works: a click is a step of its own, typing is not. */
(() => {
  const bar = document.querySelector(".claims-filter");
  const rows = [...document.querySelectorAll("tr.claim")];
  if (!bar) return;
  const buttons = [...bar.querySelectorAll("[data-verdict]")];
  const selects = [...bar.querySelectorAll("select")];
  const box = bar.querySelector("input");
  const choose = bar.querySelector(".claims-choose");
  const count = bar.querySelector(".claims-count");
  let verdict = "", texts, typing;

  /* What the box searches: all of a row that is seen before it is opened. */
  function read() {
    texts ??= rows.map((row) => {
      const said = [...row.querySelectorAll("th > :not(details, button), td")];
      return Notation.normal(said.map((part) => part.textContent).join(" "));
    });
    return texts;
  }

  function show() {
    const asked = box.value.trim();
    const found = asked ? Notation.reader(asked) : null;
    const counts = { "": 0 };
    let left = 0;
    rows.forEach((row, i) => {
      let fits = selects.every((s) => !s.value || row.dataset[s.dataset.filter] === s.value);
      fits &&= !found || found(read()[i]);
      if (fits) {
        counts[""] += 1;
        counts[row.dataset.verdict] = (counts[row.dataset.verdict] || 0) + 1;
      }
      fits &&= !verdict || row.dataset.verdict === verdict;
      left += fits;
      if (row.hidden === fits) row.hidden = !fits;
    });
    for (const button of buttons) {
      const name = button.dataset.verdict;
      button.setAttribute("aria-pressed", name === verdict);
      button.querySelector("b").textContent = counts[name] || 0;
    }
    const chosen = [verdict, ...selects.map((s) => s.value)].filter(Boolean).length;
    choose.textContent = chosen ? `filter (${chosen})` : "filter";
    const none = left ? "" : "; try fewer words or filters";
    count.textContent = left === rows.length ? `${left} claims` : `${left} of ${rows.length} claims${none}`;
    bar.classList.toggle("filtered", left < rows.length);
  }

  /* The address of what is shown: of the page, or of the site once it has an address. */
  function address(row) {
    const said = new URLSearchParams();
    if (verdict) said.set("verdict", verdict);
    for (const s of selects) if (s.value) said.set(s.dataset.filter, s.value);
    if (box.value.trim()) said.set("q", box.value.trim());
    const query = said.toString();
    return row ? `#${row}` : query && `?${query}`;
  }
  const page = () => bar.dataset.page || location.href.split(/[?#]/)[0];

  function remember(step) {
    clearTimeout(typing);
    const here = location.pathname + address();
    if (here === location.pathname + location.search + location.hash) return;
    try {
      history[step ? "pushState" : "replaceState"](null, "", here);
    } catch { /* a browser that lets no page opened as a file change its address */ }
  }

  function recall() {
    const said = new URLSearchParams(location.search);
    verdict = buttons.find((b) => b.dataset.verdict === said.get("verdict"))?.dataset.verdict || "";
    for (const s of selects) {
      s.value = said.get(s.dataset.filter) || "";
      if (s.selectedIndex < 0) s.value = "";
    }
    box.value = said.get("q") || said.get("search") || "";
    show();
    showLinked();
  }

  /* A link to a row shows it, whatever is filtered. */
  function showLinked() {
    const row = location.hash && rows.find((r) => r.id === placeNamed());
    if (!row) return;
    if (row.hidden) {
      verdict = box.value = "";
      for (const s of selects) s.value = "";
      show();
      try { history.replaceState(null, "", location.pathname + location.hash); } catch { /* as above */ }
    }
    row.scrollIntoView({ behavior: "instant", block: "start" });
  }

  function changed(step) {
    show();
    if (step) remember(true);
    else { clearTimeout(typing); typing = setTimeout(remember, 300); }
    /* What was found begins below the bar, not above the window. */
    const hidden = bar.getBoundingClientRect().bottom - bar.nextElementSibling.getBoundingClientRect().top;
    if (hidden > 0) scrollBy({ top: -hidden, behavior: "instant" });
  }

  for (const button of buttons) {
    button.addEventListener("click", () => { verdict = button.dataset.verdict; changed(true); });
  }
  for (const s of selects) s.addEventListener("change", () => changed(true));
  box.addEventListener("input", () => changed(false));
  box.addEventListener("change", () => remember(false));
  choose.addEventListener("click", () => {
    choose.setAttribute("aria-expanded", bar.classList.toggle("open"));
  });
  /* The fold below a claim is filled when it opens; all of them come in one script, once. */
  let coming;
  function folds() {
    return coming ??= new Promise((done) => {
      const script = document.createElement("script");
      script.src = bar.dataset.folds;
      script.onload = () => done(CLAIMS_FOLDS);
      document.head.append(script);
    });
  }
  document.querySelector("table.claims").addEventListener("toggle", async (event) => {
    const fold = event.target, id = fold.closest("tr").id.replace("claim-", "");
    if (!fold.open || fold.childElementCount > 1) return;
    const held = (await folds())[id];
    if (fold.childElementCount === 1) fold.insertAdjacentHTML("beforeend", held);
  }, true);
  /* copy.js, which listens further out, copies what is set here. */
  document.querySelector("table.claims").addEventListener("click", (event) => {
    const link = event.target.closest(".claim-link");
    if (link) link.dataset.text = page() + address(link.closest("tr").id);
  });
  bar.querySelector(".claims-view").addEventListener("click", (event) => {
    event.target.dataset.text = page() + address();
  });
  addEventListener("popstate", recall);
  /* After Back a browser puts old choices into the fields behind the script's back. */
  addEventListener("pageshow", recall);
  recall();
  (window.requestIdleCallback || setTimeout)(read);
})();
