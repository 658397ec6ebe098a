// Forms marked data-quiet are sent without leaving the page: the stream shows what they did, or, where the mark says
// "page", the page that follows is put in place at once. If the server refuses one, it is sent the ordinary way, and the
// server says why; if it cannot be reached, that is said here. What is wrong with a field is shown in place, so that what
// was typed into other forms stays.
document.addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.hasAttribute("data-reached")) return;
  if (form.method === "get" && !isStale()) return;
  event.preventDefault();
  if (isStale() || !form.matches("[data-quiet]")) return leaveByForm(form, submitter);
  if (form.getAttribute("aria-busy") || isEcho(form)) return;
  const sent = await send(form, submitter);
  if (sent === "unknown") sayAway("unknown", () => form.requestSubmit(submitter));
  if (sent === "failed") leaveByForm(form, submitter);
});

// Sends a form, and gives what came of it: "done", "refused", "failed", or "unknown" if no answer came.
async function send(form, submitter) {
  form.setAttribute("aria-busy", "true");
  latest = { form, settledAt: -Infinity };
  const row = form.closest("li");
  const next = row?.nextElementSibling ?? row?.previousElementSibling;
  const before = timesShown;
  try {
    const body = new URLSearchParams(new FormData(form, submitter));
    const isShown = form.dataset.quiet === "page";
    const answer = await fetch(form.action, { method: "POST", body, redirect: isShown ? "follow" : "manual" });
    if (answer.status === 422) {
      show(await answer.text());
      return "refused";
    }
    if (answer.type !== "opaqueredirect" && !answer.ok) return "failed";
    if (isShown) {
      follow(form, next, answer.url, await answer.text());
      if (timesShown !== before + 1) refreshSoon();
    } else if (document.body.dataset.stream?.startsWith("/live/changes")) await refreshSoon();
    if (form.matches("[data-shares]")) sayIsSaved();
    return "done";
  } catch {
    return "unknown";
  } finally {
    form.removeAttribute("aria-busy");
    latest = { form, settledAt: performance.now() };
  }
}

// The second tap of two, when the first has taken a row away and the next one came under the finger: the same deed to
// something else, sooner than anybody means it.
const ECHO_MS = 600;
let latest = { form: null, settledAt: -Infinity };
const deedOf = (action) => action.slice(action.lastIndexOf("/"));

function isEcho(form) {
  const { form: before, settledAt } = latest;
  if (!before) return false;
  // The stream may have taken the row away before the answer comes.
  const isGone = before.hasAttribute("aria-busy") && !before.isConnected;
  const isSoon = isGone || performance.now() - settledAt < ECHO_MS;
  return isSoon && form.action !== before.action && deedOf(form.action) === deedOf(before.action);
}

// Shows the page behind a form. If its row is gone (the stream may have been quicker), the focus goes to the same button
// of the next row, not to the top.
function follow(form, next, url, html) {
  history.replaceState(null, "", url);
  show(html, form.action.endsWith("/reopen"));
  if (form.isConnected) return;
  const place = next?.isConnected ? next.querySelector("button") : document.getElementById("main");
  place.focus({ preventScroll: true });
}
