// Times: every <time data-show> is put into the zone of the browser, and ages tick.
const locale = document.documentElement.lang;
const [day, hour, minute, second] = (document.documentElement.dataset.units || "d|h|min|s").split("|");
const agoPattern = document.documentElement.dataset.ago || "{}";
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const two = (number) => String(number).padStart(2, "0");
const clockOf = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minuteOf = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const weekdayOf = new Intl.DateTimeFormat(locale, { weekday: "short" });

// The clocks of the two machines differ; ages are counted by the server's. The page says what it was when it was sent,
// which took a moment.
const sentAt = Number(document.documentElement.dataset.now);
const [arrival] = performance.getEntriesByType("navigation");
const difference = sentAt - performance.timeOrigin - (arrival?.responseStart ?? 0);
const ahead = Math.abs(difference) > 2000 ? difference : 0;
const now = () => Date.now() + ahead;

function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const [minutes, hours, days] = [60, 3600, 86400].map((unit) => Math.floor(seconds / unit));
  if (!minutes) return `${seconds}\u00a0${second}`;
  if (!hours) return `${minutes}\u00a0${minute} ${two(seconds % 60)}\u00a0${second}`;
  if (!days) return `${hours}\u00a0${hour} ${two(minutes % 60)}\u00a0${minute}`;
  return `${days}\u00a0${day} ${hours % 24}\u00a0${hour}`;
}

const spell = {
  age: (at) => duration(now() - at),
  left: (at) => duration(at - now()),
  ago(at) {
    const seconds = Math.max(0, Math.floor((now() - at) / 1000));
    const [number, unit] = seconds < 60 ? [seconds, second] : seconds < 3600 ? [seconds / 60, minute]
      : seconds < 86400 ? [seconds / 3600, hour] : [seconds / 86400, day];
    return agoPattern.replace("{}", `${Math.floor(number)}\u00a0${unit}`);
  },
  clock: (at) => clockOf.format(at),
  // A moment that is not far: today, on one of the next days, or later.
  soon(at) {
    const time = minuteOf.format(at);
    const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
    const days = Math.round((midnight(at) - midnight(new Date(now()))) / 86400000);
    if (days === 0) return time;
    if (days > 0 && days <= 6) return `${weekdayOf.format(at)} ${time}`;
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
  },
  moment: (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clockOf.format(at)}`,
};

function spellTimes(root) {
  for (const time of root.querySelectorAll("time[data-show]")) {
    const text = spell[time.dataset.show]?.(new Date(time.dateTime));
    if (text && time.textContent !== text) time.textContent = text;
  }
}

function tick() {
  for (const time of document.querySelectorAll("time[data-show=age], time[data-show=ago], time[data-show=left]")) {
    const text = spell[time.dataset.show](new Date(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}

// Pages that are not live are put into this zone by the server, from the next one on.
const kept = `tz=${zone.replaceAll("/", "%2F")}`;
if (zone && !document.cookie.split("; ").includes(kept)) {
  document.cookie = `${kept}; path=/; max-age=31536000; samesite=lax`;
}
const zoneLine = document.getElementById("zone");
if (zoneLine && zone) zoneLine.textContent = `${zoneLine.dataset.label}: ${zone.replaceAll("_", " ")}`;
spellTimes(document);
setInterval(tick, 1000);
