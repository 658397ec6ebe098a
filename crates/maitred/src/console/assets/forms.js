// Forms marked data-quiet are sent without leaving the page: the stream shows what they did. Whatever goes wrong, the
// form is sent the ordinary way, and the server says what it was.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-quiet]") || event.defaultPrevented || document.body.dataset.stale !== undefined) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  try {
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
    if (answer.type !== "opaqueredirect" && !answer.ok) form.submit();
  } catch {
    form.submit();
  } finally {
    form.removeAttribute("aria-busy");
  }
});

// Weights show the share they come to while they are typed.
for (const form of document.querySelectorAll("form[data-shares]")) {
  const inputs = [...form.querySelectorAll("input[name^=weight-]")];
  const weightOf = (input) => (/^\d+$/.test(input.value.replace(/\s/g, "")) ? Number(input.value.replace(/\s/g, "")) : 0);
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const show = () => {
    const total = inputs.reduce((sum, input) => sum + weightOf(input), 0);
    for (const input of inputs) {
      form.querySelector(`output[for="${input.id}"]`).textContent = total ? percent.format(weightOf(input) / total) : "—";
    }
  };
  form.addEventListener("input", show);
  show();
}
