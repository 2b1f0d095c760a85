/* The card of a claim's number: inside the window, out of tables that scroll (`explain` in
   companion.js shows and hides it). */
(() => {
  const GAP = 12;
  function place(said) {
    const card = said.querySelector(".claim-card");
    card.style.cssText = "";
    if (getComputedStyle(card).display === "none" || getComputedStyle(card).position === "fixed") return;
    card.style.position = "fixed";
    const at = said.firstElementChild.getBoundingClientRect(), size = card.getBoundingClientRect();
    const right = document.documentElement.clientWidth - GAP;
    const below = at.bottom + size.height + GAP <= innerHeight || at.top < size.height;
    card.style.left = `${Math.max(GAP, Math.min(at.left, right - size.width))}px`;
    card.style.top = `${below ? at.bottom : at.top - size.height}px`;
  }
  explain(".claim-said-here", place);
  const open = () => document.querySelectorAll(".claim-said-here:is(:hover, :focus-within)");
  addEventListener("scroll", () => open().forEach(place), { passive: true, capture: true });
})();
