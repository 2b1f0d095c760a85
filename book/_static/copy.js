/* Copy buttons, by attribute:

     <button type="button" class="copy" data-copy="#id-of-pre">copy</button>   the text of an element
     <button type="button" class="copy" data-text="...">copy</button>          this very text

   After a click the button says "copied" for two seconds, or, where the browser refuses, selects
   the element and says which keys copy it. Buttons that are added later work too. */
function writtenByHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.style.cssText = "position: fixed; inset: 0 auto auto 0; opacity: 0";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // no clipboard here, as on many pages opened as files, or not allowed
    return writtenByHand(text);
  }
}
addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy");
  if (!button) return;
  const source = button.dataset.copy && document.querySelector(button.dataset.copy);
  const done = await toClipboard(source ? source.textContent.trim() : button.dataset.text);
  if (!done && source) getSelection().selectAllChildren(source);
  button.dataset.label ??= button.textContent;
  button.textContent = done ? "copied" : "press Ctrl+C";
  button.focus();
  clearTimeout(button.says);
  button.says = setTimeout(() => (button.textContent = button.dataset.label), 2000);
});
