// A server that cannot be reached. What would lead to the browser's own page for errors, and lose what was typed, is
// held back while the page is stale; a form is sent the ordinary way only after the server has answered a question.
// Whatever did not happen is named, and can be tried again with one button.
const REACH_MS_MAX = 4000;
const away = document.getElementById("away");
const isStale = () => document.body.dataset.stale !== undefined;
// An answer that takes longer than this leaves the page where it is.
const LEAVING_MS_MAX = 10000;
let tryAgain;
let leftAt = -Infinity;
// While a form leads elsewhere the page holds still: asked for again, it would go where it stands instead.
const isBeingLeft = () => performance.now() - leftAt < LEAVING_MS_MAX;

// Says what did not happen, and what "Try again" does.
function sayAway(what, again, detail = "") {
  tryAgain = again;
  away.querySelector("p").textContent = [away.dataset[what], detail].filter(Boolean).join(" ");
  away.hidden = false;
}

function hideAway() {
  away.hidden = true;
  tryAgain = undefined;
}

async function isReachable() {
  try {
    const answer = await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(REACH_MS_MAX) });
    return answer.ok;
  } catch {
    return false;
  }
}

// Sends a form the ordinary way, which leaves the page, once the server is known to be there.
async function leaveByForm(form, submitter) {
  if (form.getAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  const reached = await isReachable();
  form.removeAttribute("aria-busy");
  if (!reached) return sayAway("notSent", () => form.requestSubmit(submitter));
  leaveBy(form);
  leftAt = performance.now();
  form.toggleAttribute("data-reached", true);
  form.requestSubmit(submitter);
  form.removeAttribute("data-reached");
}

const leavesBy = (event, link) =>
  link?.origin === location.origin &&
  !link.target &&
  !link.download &&
  !link.getAttribute("href").startsWith("#") &&
  event.button === 0 &&
  !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);

// Opens a link, which leaves the page, once the server is known to be there.
async function openOnceReached(link) {
  if (await isReachable()) return location.assign(link.href);
  return sayAway("notOpened", () => openOnceReached(link));
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (event.defaultPrevented || !isStale() || !leavesBy(event, link)) return;
  event.preventDefault();
  openOnceReached(link);
});

away.querySelector("[data-again]").addEventListener("click", () => {
  const again = tryAgain;
  hideAway();
  again?.();
});
away.querySelector("[data-close]").addEventListener("click", hideAway);
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  leftAt = -Infinity;
  hideAway();
});
