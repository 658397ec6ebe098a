// Presence: the desk of somebody who is to be heard from says now and then that they are there, for as long as it is open.
// In the background a browser lets clocks run once a minute; what the stream brings comes at any time.
const desk = () => document.querySelector("[data-here]");
let saidHereAt = performance.now();

function sayHere() {
  const { here: address, every } = desk()?.dataset ?? {};
  if (!address || performance.now() - saidHereAt < every * 1000) return;
  saidHereAt = performance.now();
  // What it leads to is shown by the stream.
  const said = fetch(address, { method: "POST", body: new URLSearchParams(), redirect: "manual" });
  said.catch(() => {
    saidHereAt = -Infinity;
  });
}

setInterval(sayHere, 5000);
