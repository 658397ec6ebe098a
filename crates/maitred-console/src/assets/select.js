// Ticking rows of a list. The bar comes with the first tick and says how many there are; one box ticks all that the page
// shows; with Shift a tick goes on from the one before. Ticks stay while the page is brought up to date.
let lastPicked;

const picksOf = (table) => [...table.querySelectorAll("tbody .pick input")];

function showPicked() {
  for (const table of document.querySelectorAll("[data-picks]")) {
    const picks = picksOf(table);
    const picked = picks.filter((pick) => pick.checked).length;
    const all = table.querySelector("[data-pick-all]");
    all.checked = picked > 0 && picked === picks.length;
    all.indeterminate = picked > 0 && picked < picks.length;
    const bar = document.getElementById(all.dataset.pickAll);
    if (!bar?.dataset.counts) continue;
    bar.querySelector("[role=status]").textContent = picked ? bar.dataset.counts.split("|")[picked - 1] : "";
    bar.toggleAttribute("data-shown", picked > 0);
  }
}

document.addEventListener("click", (event) => {
  const pick = event.target.closest?.(".pick input");
  const table = pick?.closest("[data-picks]");
  if (!table) return;
  const picks = picksOf(table);
  if (pick.matches("[data-pick-all]")) picks.forEach((other) => (other.checked = pick.checked));
  else if (event.shiftKey && picks.includes(lastPicked)) {
    const [from, to] = [picks.indexOf(lastPicked), picks.indexOf(pick)].sort((a, b) => a - b);
    picks.slice(from, to + 1).forEach((other) => (other.checked = pick.checked));
  }
  lastPicked = pick;
  showPicked();
});

// A browser that goes back ticks again what was ticked.
window.addEventListener("pageshow", showPicked);
