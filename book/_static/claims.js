/* The card of a claim's number: inside the window, out of tables that scroll; Escape closes it; a
   first tap shows it, the second follows the link. */
(() => {
  const GAP = 12;
  let touched = null;

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
  const open = () => document.querySelectorAll(".claim-said-here:is(:hover, :focus-within)");

  for (const said of document.querySelectorAll(".claim-said-here")) {
    const show = () => { said.classList.remove("closed"); place(said); };
    said.addEventListener("pointerenter", show);
    said.addEventListener("focusin", show);
    said.firstElementChild.addEventListener("click", (event) => {
      if (event.pointerType !== "touch" || touched === said) return;
      event.preventDefault();
      touched = said;
      show();
    });
  }
  document.addEventListener("pointerdown", (event) => {
    if (touched && !touched.contains(event.target)) touched = null;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const said of open()) said.classList.add("closed");
  });
  addEventListener("scroll", () => open().forEach(place), { passive: true, capture: true });
})();
