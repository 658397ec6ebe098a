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
  localStorage.setItem("push", JSON.stringify({ operator, id }));
}

async function unsubscribe() {
  const known = subscribed();
  localStorage.removeItem("push");
  const registration = await navigator.serviceWorker?.getRegistration();
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  if (known) await askServer("DELETE", known.operator, `/${known.id}`);
}

// Who logs out is told nothing more in this browser: the next to log in may be somebody else.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!subscribed() || new URL(form.action).pathname !== "/logout") return;
  event.preventDefault();
  unsubscribe().catch(() => {}).finally(() => form.submit());
});
