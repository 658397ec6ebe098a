// Makes an element look like another while keeping what it can of it, so that focus, open details, what is being typed
// and running transitions survive an update; what is marked data-keep is the script's. Children with ids are matched by
// id, the others by place.
function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) return old.replaceWith(fresh);
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return undefined;
  }
  if (old.isEqualNode(fresh) || old.matches("[data-keep]")) return undefined;
  morphAttributes(old, fresh);
  if (!(old === document.activeElement && old.matches("input, select, textarea"))) morphChildren(old, fresh);
  return undefined;
}

function morphAttributes(old, fresh) {
  for (const { name, value } of [...fresh.attributes]) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    const isTheReaders = name === "open" || name === "aria-busy" || name === "data-shown";
    if (!fresh.hasAttribute(name) && !isTheReaders) old.removeAttribute(name);
  }
}

function morphChildren(old, fresh) {
  const named = new Map();
  for (const child of old.children) if (child.id) named.set(child.id, child);
  let place = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const known = child.id ? named.get(child.id) : undefined;
    if (known) {
      if (known !== place) old.insertBefore(known, place);
      place = known.nextSibling;
      morph(known, child);
    } else if (place && !place.id && !child.id && place.nodeName === child.nodeName) {
      const next = place.nextSibling;
      morph(place, child);
      place = next;
    } else {
      if (child.classList && old.matches("[data-news]")) child.classList.add("is-new");
      old.insertBefore(child, place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}
