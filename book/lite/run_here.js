// "run it here" below a chapter's title. It says what will be loaded and from where, and nothing is
// loaded before "Start". `make lite` writes what it knows in place of the null.
(() => {
  const told = null /* told */;
  const button = document.querySelector("button.run-here");
  const chapter = location.pathname.match(/([^/]+)\.html$/)?.[1];
  // A page opened as a file can start no Python: there the button stays away.
  if (!button || !told.chapters.includes(chapter) || !location.protocol.startsWith("http")) return;

  const says = document.createElement("div");
  says.className = "run-here-says";
  says.id = "run-here-says";
  says.hidden = true;
  const from = told.from ? `${told.from}, a public network,` : "this site";
  says.append(
    "Opens this chapter as a notebook that computes in your browser. " +
      `That loads about ${told.megabytes} MB of Python (Pyodide) from ${from} and keeps them for the next time; ` +
      "nothing is installed, nothing you type leaves your computer. ",
  );
  const start = document.createElement("a");
  start.href = `../lite/notebooks/index.html?path=${chapter}.ipynb`;
  start.textContent = "Start";
  says.append(start);
  button.parentElement.after(says);

  button.setAttribute("aria-controls", says.id);
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    says.hidden = !says.hidden;
    button.setAttribute("aria-expanded", String(!says.hidden));
  });
  button.after(" · ");
  button.hidden = false;
})();
