// Shows what the server sends to this browser while no page is open, and leads to the desk.
self.addEventListener("push", (event) => {
  const { title, body, url, tag } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body, tag, data: { url } }));
});

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
