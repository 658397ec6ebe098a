// Forms marked data-quiet are sent without leaving the page: the stream shows what they did, or, where the mark says
// "page", the page that follows is put in place at once. Whatever goes wrong, the form is sent the ordinary way, and
// the server says what it was. What is wrong with a field is shown in place, so that what was typed into other forms
// stays.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-quiet]") || event.defaultPrevented || document.body.dataset.stale !== undefined) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  const row = form.closest("li");
  const next = row?.nextElementSibling ?? row?.previousElementSibling;
  const before = timesShown;
  try {
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const isShown = form.dataset.quiet === "page";
    const answer = await fetch(form.action, { method: "POST", body, redirect: isShown ? "follow" : "manual" });
    if (answer.status === 422) show(await answer.text());
    else if (answer.type !== "opaqueredirect" && !answer.ok) form.submit();
    else if (isShown) {
      follow(form, next, answer.url, await answer.text());
      if (timesShown !== before + 1) refreshSoon();
    } else if (document.body.dataset.stream?.startsWith("/live/changes")) refreshSoon();
  } catch {
    form.submit();
  } finally {
    form.removeAttribute("aria-busy");
  }
});

// Shows the page behind a form. If its row is gone (the stream may have been quicker), the focus goes to the same button
// of the next row, not to the top.
function follow(form, next, url, html) {
  history.replaceState(null, "", url);
  show(html);
  if (form.isConnected) return;
  const place = next?.isConnected ? next.querySelector("button") : document.getElementById("main");
  place.focus({ preventScroll: true });
}

// Weights show the share they come to while they are typed, and whether they are still to be saved. Members on another
// page of the form count by what is stored of them, its data-rest.
const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const weightOf = (input) => (/^\d+$/.test(input.value.replace(/\s/g, "")) ? Number(input.value.replace(/\s/g, "")) : 0);

function showShares(form) {
  const inputs = [...form.elements].filter((field) => field.matches("input[name^=weight-]"));
  const outputs = new Map([...form.elements].filter((field) => field.matches("output")).map((o) => [o.htmlFor.value, o]));
  const total = inputs.reduce((sum, input) => sum + weightOf(input), Number(form.dataset.rest || 0));
  for (const input of inputs) {
    const isOut = !total || !input.value.trim();
    const output = outputs.get(input.id);
    if (output) output.textContent = isOut ? "—" : percent.format(weightOf(input) / total);
  }
  const isDirty = inputs.some((input) => input.value.trim() !== input.defaultValue || input.ariaInvalid);
  (form.closest("[data-row]") ?? form).toggleAttribute("data-dirty", isDirty);
}

function showAllShares() {
  document.querySelectorAll("form[data-shares]").forEach(showShares);
}

document.addEventListener("input", (event) => {
  const { form } = event.target;
  if (form?.matches("[data-shares]")) showShares(form);
});
showAllShares();
