// Weights show the share they come to while they are typed, whether anybody gets contacts by them, and whether they are
// still to be saved. Members on another page of the form count by what is stored of them, its data-rest.
const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
const weightOf = (input) => (/^\d+$/.test(input.value.replace(/\s/g, "")) ? Number(input.value.replace(/\s/g, "")) : 0);
const weightsOf = (form) => [...form.elements].filter((field) => field.matches("input[name^=weight-]"));
const rowOf = (form) => form.closest("[data-row]") ?? form;

function showShares(form) {
  const inputs = weightsOf(form);
  const outputs = new Map([...form.elements].filter((field) => field.matches("output")).map((o) => [o.htmlFor.value, o]));
  const total = inputs.reduce((sum, input) => sum + weightOf(input), Number(form.dataset.rest || 0));
  for (const input of inputs) {
    const isOut = !total || !input.value.trim();
    const output = outputs.get(input.id);
    if (output) output.textContent = isOut ? "—" : percent.format(weightOf(input) / total);
  }
  const isDirty = inputs.some((input) => input.value.trim() !== input.defaultValue || input.ariaInvalid);
  rowOf(form).toggleAttribute("data-dirty", isDirty);
  // What was typed once no longer follows what is stored, until the form is reset.
  if (!isDirty && document.activeElement?.form !== form) form.reset();
  const nobody = rowOf(form).querySelector(".nobody");
  if (!nobody || (!isDirty && !nobody.hasAttribute("data-typed"))) return;
  nobody.toggleAttribute("data-typed", isDirty);
  nobody.hidden = total > 0;
  nobody.textContent = inputs.some((input) => input.value.trim()) ? nobody.dataset.zero : nobody.dataset.empty;
}

function showAllShares() {
  document.querySelectorAll("form[data-shares]").forEach(showShares);
  showUnsaved();
}

document.addEventListener("input", (event) => {
  const { form } = event.target;
  if (!form?.matches("[data-shares]")) return;
  showShares(form);
  showUnsaved();
});

// One bar says how much is not saved yet, saves or discards all of it, and says that it was saved.
const SAVED_MS = 6000;
let saved;

const unsaved = () => [...document.querySelectorAll("form[data-shares]")].filter((form) => rowOf(form).matches("[data-dirty]"));

function showUnsaved(failed) {
  const bar = document.getElementById("unsaved");
  if (!bar) return;
  const rows = unsaved().length;
  const counts = bar.dataset.counts.split("|");
  const text = rows ? counts[Math.min(rows, counts.length) - 1] : saved ? bar.dataset.saved : "";
  bar.querySelector("[role=status]").textContent = failed ? bar.dataset.failed : text;
  bar.querySelectorAll("button").forEach((button) => (button.hidden = !rows));
  bar.toggleAttribute("data-shown", Boolean(text));
}

function sayIsSaved() {
  clearTimeout(saved);
  saved = setTimeout(() => {
    saved = undefined;
    showUnsaved();
  }, SAVED_MS);
  showUnsaved();
}

// Each row is saved on its own; the first that is refused shows why, and those behind it stay unsaved.
async function saveAll() {
  for (const form of unsaved()) {
    if (form.getAttribute("aria-busy")) continue;
    const sent = await send(form);
    if (sent === "failed" || sent === "unknown") return showUnsaved(true);
    if (sent === "refused") return undefined;
  }
  return undefined;
}

function discardAll() {
  for (const form of unsaved()) {
    for (const input of weightsOf(form)) {
      input.defaultValue = form.elements[`was-${input.name}`].value;
      input.removeAttribute("aria-invalid");
    }
    form.reset();
  }
  document.querySelectorAll("#main [role=alert]").forEach((alert) => alert.remove());
  showAllShares();
  if (address) refreshSoon();
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("#unsaved [data-save]")) saveAll();
  if (event.target.closest?.("#unsaved [data-discard]")) discardAll();
});

// Leaving asks first, unless it is by saving what is not saved.
const leaveBy = (form) => rowOf(form).toggleAttribute("data-leaving", true);

window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("[data-dirty]:not([data-leaving])")) event.preventDefault();
});
showAllShares();
