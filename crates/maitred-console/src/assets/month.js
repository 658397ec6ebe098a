// A month of somebody: a click on a day fills in the first day of a leave, one on a later day the last. Without a script
// the days are links that do the same.
const daysOf = () => [...document.querySelectorAll("#month [data-day]")];
const leaveForm = () => document.getElementById("leave-form");
let isFirstPicked = false;

function showPickedDays() {
  const form = leaveForm();
  if (!form) return;
  const [from, to] = [form.elements.from.value, form.elements.to.value || form.elements.from.value];
  for (const day of daysOf()) {
    day.closest("td").classList.toggle("is-picked", from !== "" && day.dataset.day >= from && day.dataset.day <= to);
  }
}

document.addEventListener("click", (event) => {
  const day = event.target.closest?.("#month [data-day]")?.dataset.day;
  if (!day || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { from, to } = leaveForm().elements;
  const isLast = isFirstPicked && day >= from.value;
  if (!isLast) from.value = day;
  to.value = day;
  isFirstPicked = !isLast;
  document.getElementById("picked-days").textContent = from.value === to.value ? day : `${from.value} – ${to.value}`;
  showPickedDays();
});
document.addEventListener("input", (event) => event.target.closest?.("#leave-form") && showPickedDays());
showPickedDays();
