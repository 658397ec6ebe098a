// The one stream of a page. An event brings html whose elements replace those with the same ids, or word that the page
// is to be asked for again. A connection that breaks, or falls silent, makes the page stale and is tried again; the
// first event after it brings everything. A page that nobody sees closes its stream: a browser has six connections for
// one server, however many tabs are open.
const address = document.body.dataset.stream;
const state = document.getElementById("link-state");
const SILENCE_MS = 25000;
const RETRY_MS_MAX = 8000;

let source;
let lastHeard = Date.now();
let retryMs = 500;
let retry;

// A stream does not say why it broke. If the page itself leads elsewhere now, the login is over, and that is shown.
function leaveIfOver() {
  const asked = fetch(location.href, { headers: { accept: "text/html" }, redirect: "manual" });
  asked.then((answer) => answer.type === "opaqueredirect" && location.reload()).catch(() => {});
}

function say(what) {
  if (!state || state.dataset.state === what) return;
  state.dataset.state = what;
  const at = what === "stale" ? ` ${clockOf.format(lastHeard)}` : "";
  state.querySelector(".link-text").textContent = state.dataset[what] + at;
  document.body.toggleAttribute("data-stale", what === "stale");
  if (what === "live" && !tryAgain) hideAway();
}

function heard() {
  lastHeard = Date.now();
  sayHere();
  retryMs = 500;
  say("live");
}

function connect() {
  clearTimeout(retry);
  source?.close();
  source = new EventSource(address);
  source.addEventListener("hello", (event) => {
    // Another version of the server: its pages want its script. What was typed would be lost, so that goes first.
    if (!import.meta.url.endsWith(event.data) && !isTyped()) return location.reload();
    return heard();
  });
  source.addEventListener("beat", heard);
  source.addEventListener("patch", (event) => {
    heard();
    apply(event.data);
  });
  source.addEventListener("changed", () => {
    heard();
    if (!document.querySelector("#main :is([aria-invalid], [role=alert])")) refreshSoon();
  });
  source.addEventListener("error", () => {
    say("stale");
    source.close();
    leaveIfOver();
    clearTimeout(retry);
    retry = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
  });
}

// Pages that few look at are asked for again as a whole; what stayed the same stays as it is. While something is wrong
// with a form the page holds still, for it would no longer say what.
async function refresh() {
  // A list that stays as it is while new rows arrive says itself what it wants to be told.
  const address = document.querySelector("[data-refresh]")?.dataset.refresh ?? location.href;
  const before = timesShown;
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (isBeingLeft()) return undefined;
  // 403: what the page is about was theirs, and is not any more.
  if (answer.redirected || answer.status === 403) return location.reload();
  if (!answer.ok) return undefined;
  const html = await answer.text();
  // Of two answers under way nobody knows which is newer, or whether it is still of the page that is shown.
  if (timesShown !== before) return refresh();
  return show(html);
}

const refreshSoon = () => refresh().catch(() => say("stale"));

const isTyped = () =>
  [...document.querySelectorAll("#main :is(input:not([type=hidden]), textarea)")].some(
    (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked,
  );

// Some of what a page says is over at a moment of which no event tells. Then it is asked for again.
const AGAIN_MS_MAX = 12 * 3600 * 1000;
const AGAIN_MS_MIN = 500;
let again;

function askAgain() {
  clearTimeout(again);
  const ms = document.getElementById("again")?.dataset.ms;
  if (!address || ms === undefined) return;
  again = setTimeout(() => {
    // A page that nobody sees asks when it is seen.
    if (document.visibilityState !== "visible" && !tells()) return;
    if (!document.querySelector("#main :is([aria-invalid], [role=alert])")) refreshSoon();
  }, Math.min(Math.max(Number(ms), AGAIN_MS_MIN), AGAIN_MS_MAX));
}

let timesShown = 0;

function show(html, isOwn = false) {
  timesShown += 1;
  const page = new DOMParser().parseFromString(html, "text/html");
  const main = page.getElementById("main");
  spellTimes(main);
  morphChildren(document.getElementById("main"), main);
  document.title = page.title;
  showAllShares();
  showPicked();
  showTelling();
  showPickedDays();
  askAgain();
  tell(isOwn);
  document.querySelector("#main [aria-invalid]")?.focus();
}

function apply(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  spellTimes(template.content);
  for (const fresh of [...template.content.children]) {
    const old = document.getElementById(fresh.id);
    if (old) morph(old, fresh);
  }
}

if (address) {
  const watch = () => {
    if (document.visibilityState === "visible") return connect();
    if (tells() || desk()) return undefined;
    clearTimeout(retry);
    source?.close();
    return say("wait");
  };
  document.addEventListener("visibilitychange", watch);
  window.addEventListener("offline", () => say("stale"));
  window.addEventListener("online", connect);
  window.addEventListener("pageshow", (event) => event.persisted && connect());
  setInterval(() => {
    const isOpen = source && source.readyState !== EventSource.CLOSED;
    const isWanted = document.visibilityState === "visible" || tells() || desk();
    if (isOpen && isWanted && Date.now() - lastHeard > SILENCE_MS) {
      say("stale");
      connect();
    }
  }, 5000);
  watch();
  askAgain();
}
