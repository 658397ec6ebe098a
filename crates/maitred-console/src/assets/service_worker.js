// Shows what the server sends to this browser while no page is open, and leads to the desk.

// A newer one takes over at once: a desk may stay open for weeks.
self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("push", (event) => {
  const { title = "maitred", body, url = "/", tag } = read(event.data);
  // What comes about a contact again is news: it replaces what is there, and is heard.
  const options = { body, tag, renotify: Boolean(tag), data: { url } };
  event.waitUntil(self.registration.showNotification(title, options));
});

// A browser that shows nothing for a message may take the permission away, so what cannot be read is shown too.
function read(data) {
  try {
    return data.json() ?? {};
  } catch {
    return {};
  }
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data.url));
});

// A desk that is open is shown, else a new one.
async function show(url) {
  const target = new URL(url, self.location.origin);
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.find((page) => new URL(page.url).pathname === target.pathname);
  return open ? open.focus() : self.clients.openWindow(target.href);
}
