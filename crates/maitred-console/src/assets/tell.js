// A desk tells those who ask for it that they got a contact: by a sound, and while they look elsewhere by a notification,
// of the push service where there is one, else of this page. The wish is kept in this browser. A page that tells keeps
// its stream while nobody sees it.
const deskShown = () => document.querySelector("[data-last]");

function wantsTelling() {
  try {
    return localStorage.getItem("tell") === "on";
  } catch {
    return false;
  }
}

const tells = () => wantsTelling() && deskShown() !== null;
const operatorShown = () => Number(deskShown()?.dataset.operator);
const isPushed = () => subscribed()?.operator === operatorShown();

let lastTold = Number(deskShown()?.dataset.last);
let audio;

// Two short notes. Without a click since the page was loaded a browser keeps silent.
function chime() {
  audio ??= new AudioContext();
  audio.resume();
  for (const [at, frequency] of [[0, 660], [0.14, 880]]) {
    const [start, note, volume] = [audio.currentTime + at, audio.createOscillator(), audio.createGain()];
    note.frequency.value = frequency;
    volume.gain.setValueAtTime(0.15, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
    note.connect(volume).connect(audio.destination);
    note.start(start);
    note.stop(start + 0.3);
  }
}

// On some phones only an installed page may notify.
function notify(text) {
  try {
    const notification = new Notification(text, { tag: "maitred" });
    notification.onclick = () => window.focus();
  } catch {
    // The sound has to do.
  }
}

function tell(isOwn) {
  const desk = deskShown();
  const last = Number(desk?.dataset.last);
  const isNews = last > lastTold && !isOwn;
  if (desk) lastTold = last;
  if (!isNews || !tells()) return;
  chime();
  if (!document.hasFocus() && !isPushed() && mayNotify()) notify(desk.dataset.told);
}

const mayNotify = () => "Notification" in window && Notification.permission === "granted";

// How somebody is told here, as the name of a text.
function wayOfTelling() {
  if (!isSecureContext) return "insecure";
  if (!("Notification" in window)) return "none";
  if (!mayNotify()) return "blocked";
  return isPushed() ? "push" : "page";
}

function showTelling() {
  const button = document.getElementById("tell");
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(wantsTelling()));
  const state = document.getElementById("tell-state");
  state.hidden = !wantsTelling();
  const text = state.dataset[wayOfTelling()];
  // What is written again is read out again.
  if (state.textContent !== text) state.textContent = text;
}

// Where there is no push service, or it cannot be reached, this page tells for as long as it is open, and nobody else is
// told here.
async function startPush() {
  try {
    if (mayNotify() && canPush()) await subscribe(operatorShown());
  } catch (error) {
    console.info(`no push: ${error}`);
    await (await subscriptionHere())?.unsubscribe();
  } finally {
    showTelling();
  }
}

async function toggleTelling() {
  localStorage.setItem("tell", wantsTelling() ? "off" : "on");
  if (!wantsTelling()) {
    showTelling();
    return unsubscribe();
  }
  chime();
  if ("Notification" in window && Notification.permission === "default") await Notification.requestPermission();
  showTelling();
  return startPush();
}

// A subscription may end, and who opens their own desk where another was told is told there instead. A desk that a
// supervisor looks at changes nothing.
async function keepPush() {
  const known = subscribed();
  if (!tells() || !mayNotify() || !canPush() || !(isPushed() || "own" in deskShown().dataset)) return;
  if (known && isPushed() && (await isSentTo(known))) return;
  localStorage.removeItem("push");
  await startPush();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#tell")) toggleTelling().catch((error) => console.info(`not told: ${error}`));
});
showTelling();
keepPush().catch((error) => console.info(`no push: ${error}`));
