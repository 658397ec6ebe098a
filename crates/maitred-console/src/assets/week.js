// The hours of a week, or of another cycle of a few days, as a grid: drawn, moved and resized with a pointer or from the
// keyboard. What is sent are the fields below it, one for each day; the grid shows what they say, and writes into them.
const DAY_MINUTES = 24 * 60;
const SNAP_MINUTES = 15;
const NEW_MINUTES = 60;
const SPANS_MAX = 24;
// A press that moves by less than this is a click.
const STILL_PIXELS = 4;

const clockText = (minutes) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
const hoursText = (minutes) =>
  [[Math.floor(minutes / 60), hour], [minutes % 60, minute]]
    .filter(([number, unit]) => number || (!minutes && unit === hour))
    .map((part) => part.join("\u00a0"))
    .join("\u00a0");

function minutesOf(text) {
  const found = /^(\d{1,2})(?:[:.](\d{2}))?$/.exec(text.trim());
  const minutes = found ? Number(found[1]) * 60 + Number(found[2] ?? 0) : NaN;
  return Number(found?.[2] ?? 0) < 60 && minutes <= 2 * DAY_MINUTES ? minutes : NaN;
}

// The hours that a field says, as the server reads them; nothing if it says anything else.
function spansOf(text) {
  const parts = text.split(/[,;]/).map((part) => part.trim()).filter(Boolean);
  const spans = parts.map((part) => {
    const [, from, until] = /^([^-–—]*)[-–—](.*)$/.exec(part) ?? [];
    const [begins, ends] = [minutesOf(from ?? ""), minutesOf(until ?? "")];
    return { from: begins, until: ends < begins ? ends + DAY_MINUTES : ends };
  });
  const isClear = ({ from, until }) => from < DAY_MINUTES && until > from;
  return spans.every(isClear) && spans.length <= SPANS_MAX ? spans : undefined;
}

function spanText({ from, until }) {
  const end = until > DAY_MINUTES && until - DAY_MINUTES < from ? until - DAY_MINUTES : until;
  return `${clockText(from)}–${clockText(end)}`;
}

function openWeek(week) {
  const texts = week.dataset;
  const days = [...document.querySelectorAll("[name^=day-]")].map((field) => ({ field, name: field.labels[0].textContent }));
  const around = days.length * DAY_MINUTES;
  const [grid, said, total, remove] = ["grid", "said", "total", "remove"].map((part) => week.querySelector(`.week-${part}`));
  const elements = new Map();
  // What the pointer holds, and the hours that were last focused.
  let held;
  let chosen;

  const say = (text) => (said.textContent = text);
  const named = (day, span) => `${days[day].name}, ${spanText(span)}`;
  const all = () => days.flatMap(({ spans }, day) => (spans ?? []).map((span) => ({ day, span })));
  const dayOf = (span) => days.findIndex(({ spans }) => spans?.includes(span));

  // How far it is from one moment of the cycle to another, ahead.
  const ahead = (from, to) => (((to - from) % around) + around) % around;

  // How many minutes are free before and behind a moment; none if it is taken.
  function room(day, minute, own) {
    const at = day * DAY_MINUTES + minute;
    const free = { before: around, behind: around };
    for (const { day: other, span } of all()) {
      if (span === own) continue;
      const begins = other * DAY_MINUTES + span.from;
      const length = span.until - span.from;
      if (ahead(begins, at) < length) return { before: 0, behind: 0 };
      free.behind = Math.min(free.behind, ahead(at, begins));
      free.before = Math.min(free.before, ahead(begins + length, at));
    }
    return free;
  }
  const fits = (day, from, until, own) =>
    days[day].spans && until > from && until <= 2 * DAY_MINUTES && room(day, from, own).behind >= until - from;

  function write(...changed) {
    for (const day of new Set(changed)) {
      const { field, spans } = days[day];
      spans.sort((a, b) => a.from - b.from);
      field.value = spans.map(spanText).join(", ");
      days[day].shown = field.value;
    }
    paint();
  }

  // Changes hours if there is room for that, and gives whether there was.
  function put(span, day, from, until) {
    const before = dayOf(span);
    if (!fits(day, from, until, span)) return false;
    if (before !== day && days[day].spans.length === SPANS_MAX) return false;
    if (before !== day) {
      if (before >= 0) days[before].spans.splice(days[before].spans.indexOf(span), 1);
      days[day].spans.push(span);
    }
    Object.assign(span, { from, until });
    write(day, ...(before >= 0 ? [before] : []));
    return true;
  }

  function take(span) {
    const day = dayOf(span);
    if (day < 0) return;
    const { spans } = days[day];
    const next = spans[spans.indexOf(span) + 1] ?? spans[spans.indexOf(span) - 1];
    say(`${texts.removed} ${named(day, span)}`);
    spans.splice(spans.indexOf(span), 1);
    choose(undefined);
    write(day);
    (next ? elements.get(next).head : grid.querySelector(`[data-add="${day}"]`)).focus();
  }

  // An hour in the first free place of a day, from a moment on.
  function add(day, earliest) {
    for (let step = 0; step < DAY_MINUTES; step += SNAP_MINUTES) {
      const from = (earliest + step) % DAY_MINUTES;
      const until = from + Math.min(NEW_MINUTES, room(day, from).behind, DAY_MINUTES - from);
      if (until - from < SNAP_MINUTES) continue;
      const span = {};
      if (!put(span, day, from, until)) break;
      say(named(day, span));
      return elements.get(span).head.focus();
    }
    return say(days[day].spans ? texts.full : texts.unclear);
  }

  function choose(span) {
    chosen = span;
    remove.hidden = !span;
    for (const [one, { head, tail }] of elements) [head, tail].forEach((block) => block.toggleAttribute("data-chosen", one === span));
  }

  function block(span, isTail) {
    const made = document.createElement("div");
    made.className = "week-span";
    made.append(...["is-from", "is-text", "is-until"].map((kind) => Object.assign(document.createElement("span"), { className: kind })));
    if (isTail) made.setAttribute("aria-hidden", "true");
    else {
      made.tabIndex = 0;
      made.setAttribute("role", "button");
      made.setAttribute("aria-describedby", "week-keys");
      made.addEventListener("focus", () => choose(span));
    }
    made.span = span;
    return made;
  }

  // Puts a block of hours where it belongs; without any the block is not shown.
  function place(made, day, from, until, text) {
    made.hidden = until <= from;
    made.style.setProperty("--from", from);
    made.style.setProperty("--length", until - from);
    made.children[1].textContent = text;
    const column = columns[day];
    if (made.parentElement === column) return;
    const isFocused = made === document.activeElement;
    column.append(made);
    if (isFocused) made.focus();
  }

  function paint() {
    const shown = new Set();
    for (const { day, span } of all()) {
      shown.add(span);
      if (!elements.has(span)) elements.set(span, { head: block(span, false), tail: block(span, true) });
      const { head, tail } = elements.get(span);
      head.setAttribute("aria-label", named(day, span));
      head.toggleAttribute("data-goes-on", span.until > DAY_MINUTES);
      place(head, day, span.from, Math.min(span.until, DAY_MINUTES), spanText(span));
      tail.toggleAttribute("data-goes-on", true);
      place(tail, (day + 1) % days.length, 0, span.until - DAY_MINUTES, `–${clockText(Math.max(span.until - DAY_MINUTES, 0))}`);
    }
    for (const [span, { head, tail }] of elements) {
      if (shown.has(span)) continue;
      head.remove();
      tail.remove();
      elements.delete(span);
    }
    const sum = (spans) => (spans ?? []).reduce((minutes, { from, until }) => minutes + until - from, 0);
    days.forEach(({ spans }, day) => {
      columns[day].toggleAttribute("data-unclear", !spans);
      heads[day].querySelector(".note").textContent = spans ? `${Math.floor(sum(spans) / 60)}:${two(sum(spans) % 60)}` : "?";
    });
    total.textContent = texts.total.replace("{}", hoursText(days.reduce((minutes, { spans }) => minutes + sum(spans), 0)));
  }

  function readFields() {
    for (const day of days) {
      if (day.field.value === day.shown) continue;
      day.shown = day.field.value;
      day.spans = spansOf(day.field.value);
    }
    if (chosen && dayOf(chosen) < 0) choose(undefined);
    paint();
  }

  // The day and the minute under a pointer, also when it has left the grid.
  function under(event) {
    const boxes = columns.map((column) => column.getBoundingClientRect());
    const found = boxes.findIndex((box) => event.clientX < box.right);
    const day = found < 0 ? boxes.length - 1 : found;
    const part = (event.clientY - boxes[day].top) / boxes[day].height;
    return { day, minute: Math.min(Math.max(part, 0), 1) * DAY_MINUTES };
  }
  const snapped = (minute) => Math.round(minute / SNAP_MINUTES) * SNAP_MINUTES;

  function press(event) {
    if (event.button !== 0 || held) return;
    const made = event.target.closest(".week-span");
    const at = under(event);
    // A finger on an empty place scrolls, unless it only taps.
    if (!made && (event.pointerType === "touch" || !event.target.closest(".week-day") || !days[at.day].spans)) return;
    held = { at, x: event.clientX, y: event.clientY, span: made?.span, before: days.map(({ field }) => field.value) };
    held.kind = !made ? "draw" : event.target.matches(".is-from") ? "from" : event.target.matches(".is-until") ? "until" : "move";
    if (made) {
      const day = dayOf(made.span);
      Object.assign(held, { day, from: made.span.from, until: made.span.until });
      elements.get(made.span).head.focus({ preventScroll: true });
      event.preventDefault();
    }
    grid.setPointerCapture(event.pointerId);
  }

  function draw({ day, minute }) {
    const from = Math.floor(held.at.minute / SNAP_MINUTES) * SNAP_MINUTES;
    const free = room(held.at.day, from, held.span);
    const to = snapped(minute) + DAY_MINUTES * (day - held.at.day);
    const span = held.span ?? {};
    const until = Math.min(Math.max(to, from + SNAP_MINUTES), from + free.behind, 2 * DAY_MINUTES);
    const begins = day > held.at.day ? from : Math.max(Math.min(to, from), from - free.before, 0);
    if (begins === DAY_MINUTES || !put(span, held.at.day, begins, begins < from ? from + SNAP_MINUTES : until)) return;
    if (!held.span) elements.get(span).head.focus({ preventScroll: true });
    held.span = span;
  }

  function drag(event) {
    if (!held) return;
    if (!held.isMoving && Math.hypot(event.clientX - held.x, event.clientY - held.y) < STILL_PIXELS) return;
    held.isMoving = true;
    const { day, minute } = under(event);
    const { span, kind } = held;
    if (kind === "draw") return draw({ day, minute });
    const since = snapped(minute) + DAY_MINUTES * (day - held.day);
    if (kind === "from") {
      const least = held.until - Math.min(room(held.day, held.until - 1, span).before + 1, held.until);
      put(span, held.day, Math.min(Math.max(since, least, 0), held.until - SNAP_MINUTES, DAY_MINUTES - SNAP_MINUTES), held.until);
    } else if (kind === "until") {
      const most = held.from + room(held.day, held.from, span).behind;
      // The part after midnight of the last day is in the first column.
      const isAround = held.day === days.length - 1 && day === 0 && held.until > DAY_MINUTES && since < held.from;
      const to = isAround ? since + around : since;
      put(span, held.day, held.from, Math.max(Math.min(to, most, 2 * DAY_MINUTES), held.from + SNAP_MINUTES));
    } else {
      const shift = snapped(minute - held.at.minute) + DAY_MINUTES * (day - held.at.day);
      const begins = ahead(0, held.day * DAY_MINUTES + held.from + shift);
      put(span, Math.floor(begins / DAY_MINUTES), begins % DAY_MINUTES, (begins % DAY_MINUTES) + held.until - held.from);
    }
  }

  function release(event) {
    if (!held) return;
    const { span, kind, isMoving, at } = held;
    held = undefined;
    if (grid.hasPointerCapture(event.pointerId)) grid.releasePointerCapture(event.pointerId);
    if (isMoving && span) say(named(dayOf(span), span));
    if (kind === "draw" && !isMoving) add(at.day, Math.floor(at.minute / NEW_MINUTES) * NEW_MINUTES);
  }

  function giveUp() {
    if (!held) return;
    held.before.forEach((text, day) => (days[day].field.value = text));
    held = undefined;
    readFields();
  }

  // Arrows move hours, with Shift they move the end alone; Delete takes them away.
  function key(event) {
    const span = event.target.span;
    if (event.key === "Escape") return giveUp();
    if (!span || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    const [down, right] = [{ ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0, { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0];
    const isRemoved = event.key === "Delete" || event.key === "Backspace";
    if (!down && !right && !isRemoved) return undefined;
    event.preventDefault();
    if (isRemoved) return take(span);
    const [day, by] = [dayOf(span), down * SNAP_MINUTES];
    if (event.shiftKey) {
      const until = span.until + by;
      if (down && until > span.from && until <= 2 * DAY_MINUTES) put(span, day, span.from, until);
    } else {
      const begins = ahead(0, day * DAY_MINUTES + span.from + by + right * DAY_MINUTES);
      put(span, Math.floor(begins / DAY_MINUTES), begins % DAY_MINUTES, (begins % DAY_MINUTES) + span.until - span.from);
    }
    return say(named(dayOf(span), span));
  }

  const shortOf = new Intl.DateTimeFormat(locale, { weekday: "short", timeZone: "UTC" });
  // 1 January 2024 was a Monday.
  const short = (day) => (days.length === 7 ? shortOf.format(Date.UTC(2024, 0, 1 + day)) : String(day + 1));
  const heads = days.map(({ name }, day) => {
    const head = Object.assign(document.createElement("button"), { type: "button", className: "week-head" });
    head.dataset.add = day;
    const part = (className, textContent) => Object.assign(document.createElement("span"), { className, textContent });
    head.append(short(day), part("note", ""), part("visually-hidden", `${texts.add} ${name}`));
    head.addEventListener("click", () => add(day, 9 * 60));
    return head;
  });
  const columns = days.map(() => Object.assign(document.createElement("div"), { className: "week-day" }));
  const axis = Object.assign(document.createElement("div"), { className: "week-axis" });
  axis.setAttribute("aria-hidden", "true");
  for (let at = 0; at < 24; at += 3) axis.append(Object.assign(document.createElement("span"), { textContent: clockText(at * 60) }));
  grid.style.setProperty("--days", days.length);
  grid.append(document.createElement("span"), ...heads, axis, ...columns);

  grid.addEventListener("pointerdown", press);
  grid.addEventListener("pointermove", drag);
  grid.addEventListener("pointerup", release);
  grid.addEventListener("pointercancel", giveUp);
  grid.addEventListener("keydown", key);
  grid.addEventListener("click", (event) => {
    const at = under(event);
    const isEmpty = event.target.closest(".week-day") && !event.target.closest(".week-span");
    if (event.pointerType === "touch" && isEmpty) add(at.day, Math.floor(at.minute / NEW_MINUTES) * NEW_MINUTES);
  });
  remove.addEventListener("click", () => chosen && take(chosen));
  days.forEach(({ field }) => field.addEventListener("input", readFields));
  // A browser that goes back fills in again what was typed.
  window.addEventListener("pageshow", readFields);
  week.hidden = false;
  readFields();
}

for (const week of document.querySelectorAll("[data-week]")) openWeek(week);
