/* The search: what stands in search-index.js, found by MiniSearch and shown below the field, in the
   theme's dialog (Ctrl+K) and on the search page. Nothing is loaded before somebody types. */
const companionFind = (() => {
  const ROOT = new URL(".", document.querySelector("form.bd-search").action).href;
  const WEIGHT = { chapter: 1, word: 0.7, page: 0.5, figure: 0.5, claim: 0.2, api: 0.02 };
  const NAME = { figure: "Figure", claim: "Claim", word: "Word", page: "Reference", api: "Package" };
  const COMMON = new Set(("a an and are as at be but by can do does for from how i if in is it of on or " +
    "than that the this to was what when which who why with").split(" "));
  const FIRST = { dialog: 6, page: 25 };
  const FEW = 5;

  /* Words. A piece of text that is searched as one: 5.8 × 10²³, D ∝ C^0.27, 20 to 1, kaplan-b5. */
  const SIGN = "(?:_?\\p{L})?[\\p{L}\\p{N}_]*(?:\\^[-−]?[\\p{L}\\p{N}.]*[\\p{L}\\p{N}])?";
  const PIECE = new RegExp([
    "(?<many>[\\d.]+)\\s?[×x·]\\s?10\\^?(?<power>[-−⁻]?[\\d⁰¹²³⁴⁵⁶⁷⁸⁹]+)",
    "(?<ratio>\\d+|ten|twenty|thirty|hundred)(?:\\s?:\\s?1|[\\s-]to[\\s-](?:1|one)|\\stokens?\\s(?:per|for\\seach)\\sparameter)(?![\\d.])",
    `(?<![\\p{L}\\p{N}])(?<left>\\p{L}(?:_\\w+)?)\\s?[~∼∝]\\s?(?<right>\\p{L}${SIGN})`,
    "\\d{1,3}(?:,\\d{3})+",
    "[\\p{L}\\p{N}]+(?:(?:[-‐‑._:/'’]|\\^[-−]?)[\\p{L}\\p{N}]+)*",
  ].join("|"), "giu");
  const COUNTS = { ten: 10, twenty: 20, thirty: 30, hundred: 100 };
  const RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹";

  function plain(text) {
    return text.toLowerCase()
      .replace(/[⁻⁰¹²³⁴-⁹]+/g, (all) => "^" + [...all].map((c) => "-0123456789"[RAISED.indexOf(c)]).join(""))
      .normalize("NFKC").replace(/[−‐‑]/g, "-").replace(/['’]s?$/, "").replace(/[,'’]/g, "");
  }
  /* One word for its spellings: tokens and token, generalization and generalisation. */
  function stem(word) {
    const said = word.replace(/([iy])z(?=[aei])/, "$1s");
    if (said.length < 4 || /(?:ss|us|is)$/.test(said)) return said;
    return /sses$/.test(said) ? said.slice(0, -2) : said.replace(/ies$/, "y").replace(/s$/, "");
  }
  /* The word itself, and after it the words that it is made of. */
  function termsOf(found) {
    const { many, power, ratio, left, right } = found.groups;
    if (many) return [`${many}e${plain(power).replace("^", "")}`];
    if (ratio) return [...new Set([`${COUNTS[ratio.toLowerCase()] ?? ratio}:1`, ...partsOf(found[0])])];
    if (left) return [`${left[0]}~${right[0]}`.toLowerCase(), ...[left, right].flatMap((t) => partsOf(t))];
    const word = plain(found[0]);
    return /^10\^-?\d+$/.test(word) ? [word.replace("10^", "1e")] : partsOf(word);
  }
  function partsOf(text) {
    const word = plain(text);
    const parts = word.split(/[-_^/:\s]|\.(?!\d)|(?<!\d)\./).filter((part) => part.length > 1);
    return [...new Set([...(/\s/.test(word) ? [] : [word]), ...parts].map(stem))];
  }
  function pieces(text) {
    return [...text.matchAll(PIECE)].map((found) => (
      { start: found.index, end: found.index + found[0].length, terms: termsOf(found) }));
  }
  const telling = (text) => pieces(text).filter((piece) => !COMMON.has(piece.terms[0]));
  const wording = (text) => ` ${telling(text).map((piece) => piece.terms[0]).join(" ")} `;

  /* The index, made from the texts when they have come. */
  let index, pages, places, coming;
  function load() {
    coming ??= Promise.all([script("minisearch/minisearch.js"), new Promise((done) => {
      window.companionSearch = done;
      script("search-index.js");
    })]).then(async ([, told]) => {
      ({ pages } = told);
      places = told.places.map(([kind, page, anchor, heading, text], id) => {
        const [address, title, asked] = pages[page];
        const words = !anchor ? asked : kind === "claim" ? anchor.replace("claim-", "") : "";
        return { id, kind, address, anchor, text, words, title, top: !anchor, heading: heading || title };
      });
      index = new MiniSearch({
        fields: ["heading", "words", "title", "text"],
        tokenize: (text) => pieces(text).flatMap((piece) => piece.terms),
        processTerm: (term) => term,
      });
      await index.addAllAsync(places, { chunkSize: 200 }); // the field stays quick meanwhile
    });
    return coming;
  }
  function script(name) {
    return new Promise((done, failed) => {
      const element = document.createElement("script");
      Object.assign(element, { src: `${ROOT}_static/${name}`, onload: done, onerror: failed });
      document.head.append(element);
    });
  }

  /* Places that have all words, or words one letter from them, or some of them; the best first. */
  function search(query) {
    const said = pieces(query);
    const main = telling(query);
    const wanted = (main.length ? main : said).map(({ terms: [whole, ...parts] }) => (
      parts.length && !whole.includes(":") ? { combineWith: "OR", queries: [whole, { combineWith: "AND", queries: parts }] } : whole));
    if (!wanted.length) return { hits: [], near: false };
    const last = said.at(-1).terms[0];
    const options = {
      tokenize: (term) => [term],
      boost: { heading: 4, words: 6, title: 1.5 },
      boostDocument: (id) => WEIGHT[places[id].kind],
      prefix: (term) => (/\d/.test(term) ? term === last && term.length > 1 : term.length > 3 || (term === last && term.length > 1)),
    };
    const near = (term) => (term.length > 5 && !/\d/.test(term) ? 1 : false);
    const ways = [{ combineWith: "AND" }, { combineWith: "AND", fuzzy: near }, { combineWith: "OR", fuzzy: near }];
    const asked = (way) => ranked(index.search({ ...way, queries: wanted }, { ...options, ...way }), query);
    for (const [step, way] of ways.entries()) {
      const hits = asked(way);
      if (!hits.length) continue;
      if (hits.length >= FEW || wanted.length < 2 || step === 2) return { hits, near: step > 0 };
      const known = new Set(hits.map((hit) => hit.id)); // few have all words: those with some come after
      return { hits: [...hits, ...asked({ combineWith: "OR" }).filter((hit) => !known.has(hit.id))], near: step > 0 };
    }
    return { hits: [], near: true };
  }
  /* Words that stand side by side as they were typed count more, and so does an object's own name. */
  function ranked(hits, query) {
    const asked = wording(query);
    const several = asked.trim().includes(" ");
    for (const hit of hits.slice(0, 100)) {
      const { anchor, heading, text, kind } = places[hit.id];
      if (anchor === `claim-${query.trim().toLowerCase()}`) hit.score = Infinity;
      else if (several && wording(heading).replace(/^ \d+ /, " ") === asked) hit.score *= 8;
      else if (several && wording(heading).includes(asked)) hit.score *= 4;
      else if (several && wording(text).includes(asked)) hit.score *= 2;
      else if (kind === "api" && heading === query) hit.score *= 4;
    }
    return hits.sort((a, b) => b.score - a.score || a.id - b.id);
  }
  return { load, search, pieces, telling, place: (id) => places[id], NAME, ROOT, FIRST };
})();

/* What is found, as a list of links with the words marked. */
(() => {
  const { load, search, pieces, telling, place, NAME, ROOT, FIRST } = companionFind;
  const LENGTH = 210;

  function element(name, attributes, ...children) {
    const made = Object.assign(document.createElement(name), attributes);
    made.append(...children);
    return made;
  }
  function marked(text, terms, start = 0, end = text.length) {
    const out = [];
    let at = start;
    for (const piece of pieces(text)) {
      if (piece.start < at || piece.end > end || !piece.terms.some((term) => terms.has(term))) continue;
      out.push(text.slice(at, piece.start), element("mark", {}, text.slice(piece.start, piece.end)));
      at = piece.end;
    }
    return [...out, text.slice(at, end)];
  }
  /* The stretch of the text with most of the words. */
  function excerpt(text, terms) {
    const found = pieces(text).filter((piece) => piece.terms.some((term) => terms.has(term)));
    const many = (from) => new Set(found.filter((p) => p.start >= from.start && p.end < from.start + LENGTH - 40)
      .flatMap((p) => p.terms.filter((term) => terms.has(term)))).size;
    let best = null;
    for (const each of found.slice(0, 200)) if (!best || many(each) > many(best)) best = each;
    const near = (best?.start ?? 0) - 40;
    const start = near > 0 ? text.indexOf(" ", near) + 1 : 0;
    let end = Math.min(text.length, start + LENGTH);
    if (end < text.length) end = Math.max(text.lastIndexOf(" ", end), best?.end ?? 0);
    return [start ? "… " : "", ...marked(text, terms, start, end), end < text.length ? " …" : ""];
  }
  function item(hit, query) {
    const { kind, address, anchor, title, heading, text, top } = place(hit.id);
    const terms = new Set(Object.keys(hit.match));
    const where = [NAME[kind], top ? "" : title].filter(Boolean).join(" · ");
    const link = `${ROOT}${address}.html?found=${encodeURIComponent(query)}${anchor && "#"}${anchor}`;
    return element("li", { className: `hit hit-${kind}` }, element("a", { href: link },
      element("span", { className: "hit-where" }, ...marked(where, terms)),
      element("span", { className: "hit-heading" }, ...marked(heading, terms)),
      element("span", { className: "hit-text" }, ...excerpt(text, terms))));
  }
  function advice(query) {
    const link = (page, text) => element("a", { href: `${ROOT}book/${page}.html` }, text);
    return element("p", { className: "hit-none" }, `Nothing is found for “${query}”. Try fewer or other words, ` +
      "a number as it is printed (0.27, 20:1), a formula (D ~ C^0.27) or a claim's id; or look into ",
      link("claims", "the ledger"), ", ", link("figures", "the figures"), " or ", link("notation", "the glossary"), ".");
  }

  function setUp(form) {
    const input = form.querySelector("input");
    const dialog = form.closest("dialog");
    const status = element("div", { className: "hit-status", role: "status" });
    const list = element("ol", { className: "hits" });
    const more = element("button", { type: "button", className: "hit-more", hidden: true });
    form.setAttribute("role", "search");
    form.after(element("div", { className: "search-found" }, status, list, more));

    async function show() {
      const query = input.value.trim();
      if (query && !list.dataset.query) status.textContent = "Loading what there is to find …";
      if (query) await load();
      if (query !== input.value.trim()) return; // more was typed meanwhile
      const { hits, near } = search(query);
      const first = FIRST[dialog ? "dialog" : "page"];
      const add = (from, to) => list.append(...hits.slice(from, to).map((hit) => item(hit, query)));
      list.replaceChildren();
      list.dataset.query = query;
      add(0, first);
      const count = `${hits.length} ${hits.length === 1 ? "place" : "places"}`;
      status.replaceChildren(!query ? "" : !hits.length ? advice(query) : near ? `No place has just these words; ${count} ${hits.length === 1 ? "comes" : "come"} near.` : count);
      Object.assign(more, { hidden: hits.length <= first, textContent: dialog ? `All ${count}` : "More" });
      more.onclick = () => {
        if (dialog) return form.requestSubmit();
        const from = list.childElementCount;
        add(from, from + first);
        list.children[from].querySelector("a").focus();
        more.hidden = list.childElementCount >= hits.length;
      };
      if (!dialog) remember(query);
    }
    input.addEventListener("input", show);
    (dialog ?? form.parentElement).addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const stops = [input, ...list.querySelectorAll("a")];
      const at = stops.indexOf(document.activeElement);
      if (!step || at < 0 || !stops[at + step]) return;
      event.preventDefault();
      stops[at + step].focus();
    });
    if (dialog) return;
    input.value = new URLSearchParams(location.search).get("q") ?? "";
    input.focus();
    show();
  }
  function remember(query) {
    try {
      history.replaceState(null, "", query ? `?q=${encodeURIComponent(query)}` : location.pathname);
    } catch { /* some browsers let a page opened as a file keep its address only */ }
  }

  /* On the page that a hit leads to: the words are marked in the section, and nothing moves. */
  function markFound() {
    const query = new URLSearchParams(location.search).get("found");
    if (!query || !window.Highlight) return;
    const asked = telling(query).flatMap((piece) => piece.terms);
    const meant = (term) => asked.some((each) => term === each || (each.length > 3 && term.startsWith(each)));
    const target = document.getElementById(placeNamed());
    const part = target ? target.closest("section, figure, dl, tr") : document.querySelector("article");
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    const ranges = [];
    while (walker.nextNode()) {
      for (const piece of pieces(walker.currentNode.data)) {
        if (!piece.terms.some(meant)) continue;
        const range = new Range();
        range.setStart(walker.currentNode, piece.start);
        range.setEnd(walker.currentNode, piece.end);
        ranges.push(range);
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }
  addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form.bd-search").forEach(setUp);
    markFound();
  });
})();
