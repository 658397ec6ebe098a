// A button marked data-copy copies what the element with that id says. Without a clipboard, as on a page that came over
// plain HTTP, the text is selected and copied as a person would, or left selected for them.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const element = document.getElementById(button.dataset.copy);
  let isCopied = true;
  try {
    await navigator.clipboard.writeText(element.innerText);
  } catch {
    getSelection().selectAllChildren(element);
    isCopied = document.execCommand("copy");
  }
  document.getElementById(`${button.dataset.copy}-copied`).textContent = isCopied ? button.dataset.copied : button.dataset.selected;
});
