/* Whoever opens how a figure is cited sees all of it, even at the foot of the screen. */
addEventListener("click", (event) => {
  const cite = event.target.closest("details.cite > summary")?.parentElement;
  if (cite && !cite.open) requestAnimationFrame(() => cite.scrollIntoView({ block: "nearest", behavior: "instant" }));
});
