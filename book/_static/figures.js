/* The list of figures: whoever comes by a figure's "cite" finds its entry open. */
function openCitation() {
  const place = location.hash.startsWith("#map-") && document.getElementById(location.hash.slice(1));
  if (place) place.querySelector("details").open = true;
}
addEventListener("DOMContentLoaded", openCitation);
addEventListener("hashchange", openCitation);
