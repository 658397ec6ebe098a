// A desk tells those who ask for it that they got a contact: by a sound, and while they look elsewhere by a notification
// of the browser. The wish is kept in this browser. A page that tells keeps its stream while nobody sees it.
const deskShown = () => document.querySelector("[data-last]");

function wantsTelling() {
  try {
    return localStorage.getItem("tell") === "on";
  } catch {
    return false;
  }
}

const tells = () => wantsTelling() && deskShown() !== null;

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
  if (!document.hasFocus() && Notification.permission === "granted") notify(desk.dataset.told);
}

function showTelling() {
  const button = document.getElementById("tell");
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(wantsTelling()));
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("#tell")) return;
  localStorage.setItem("tell", wantsTelling() ? "off" : "on");
  showTelling();
  if (!wantsTelling()) return;
  chime();
  if (Notification.permission === "default") Notification.requestPermission();
});
showTelling();
