// Push: a browser whose operator asks to be told is told also while no page is open. It subscribes with the push service
// of its vendor, and the server is told where that is. For which operator, and by which id the server knows it, is kept
// in this browser.
const canPush = () => isSecureContext && "serviceWorker" in navigator && "PushManager" in window;

function subscribed() {
  try {
    return JSON.parse(localStorage.getItem("push"));
  } catch {
    return null;
  }
}

async function askServer(method, operator, rest = "", body = undefined) {
  const headers = { "content-type": "application/json" };
  const address = `/api/v1/operators/${operator}/browsers${rest}`;
  const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body), keepalive: true });
  if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

async function subscriptionOf(registration, key) {
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await registration.pushManager.subscribe(options);
  } catch (error) {
    // The server has another key than it had, such as after a move without its keys.
    if (error.name !== "InvalidStateError") throw error;
    await (await registration.pushManager.getSubscription())?.unsubscribe();
    return registration.pushManager.subscribe(options);
  }
}

async function subscribe(operator) {
  const { public_key: key } = await askServer("GET", operator);
  await navigator.serviceWorker.register("/push.js");
  const subscription = await subscriptionOf(await navigator.serviceWorker.ready, key);
  const { endpoint, keys } = subscription.toJSON();
  const said = { endpoint, p256dh: keys.p256dh, auth: keys.auth, language: document.documentElement.lang };
  const { id } = await askServer("POST", operator, "", said);
  localStorage.setItem("push", JSON.stringify({ operator, id, endpoint, language: said.language }));
}

const subscriptionHere = async () =>
  (await navigator.serviceWorker?.getRegistration())?.pushManager.getSubscription() ?? null;

// Whether the server still sends to this browser, as it said. A browser may get another address, or lose it; a server
// forgets who was removed, and whom a push service does not know any more. Such an address is not used again.
async function isSentTo({ operator, id, endpoint, language }) {
  const subscription = await subscriptionHere();
  if (subscription?.endpoint !== endpoint || language !== document.documentElement.lang) return false;
  const { browsers } = await askServer("GET", operator);
  if (browsers.some((browser) => browser.id === id)) return true;
  await subscription.unsubscribe();
  return false;
}

async function unsubscribe() {
  const known = subscribed();
  localStorage.removeItem("push");
  const forgotten = known && askServer("DELETE", known.operator, `/${known.id}`);
  const ended = subscriptionHere().then((subscription) => subscription?.unsubscribe());
  await Promise.all([forgotten, ended]);
}

// Nobody waits longer to be logged out.
const GOODBYE_MS_MAX = 3000;

// Who logs out is told nothing more in this browser: the next to log in may be somebody else. Who removes this browser
// from the list does not want it back with the next look at the desk.
document.addEventListener("submit", (event) => {
  const [form, known] = [event.target, subscribed()];
  if (!known) return;
  const { pathname } = new URL(form.getAttribute("action") ?? "", location.href);
  if (pathname === `/operators/${known.operator}/browsers/${known.id}/remove`) {
    localStorage.setItem("tell", "off");
    localStorage.removeItem("push");
  }
  if (pathname !== "/logout" && pathname !== "/account/logout") return;
  event.preventDefault();
  const late = new Promise((over) => {
    setTimeout(over, GOODBYE_MS_MAX);
  });
  Promise.race([unsubscribe(), late]).catch(() => {}).finally(() => form.submit());
});
