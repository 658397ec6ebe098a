// The box that finds anything, on every page: opened by Ctrl-K, by / and by its button; results while one types, chosen
// by arrows and Enter. Without a script the button leads to a page that does the same.
const finder = document.getElementById("finder");
const TYPING_MS = 150;

if (finder) {
  const field = document.getElementById("finder-field");
  const list = document.getElementById("finder-list");
  const status = document.getElementById("finder-status");
  const options = () => [...list.querySelectorAll("[role=option]")];
  // What the results in the list are of; Enter chooses only what is of what was typed.
  let shownFor = "";
  let timer;
  let asking;

  const open = () => {
    const onPage = document.querySelector("main .search-form [name=q]");
    if (!onPage && !finder.open) finder.showModal();
    (onPage ?? field).focus();
    (onPage ?? field).select();
  };

  const choose = (option) => {
    for (const other of options()) other.setAttribute("aria-selected", String(other === option));
    if (!option) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", option.id);
    return option.scrollIntoView({ block: "nearest" });
  };
  const chosen = () => list.querySelector("[aria-selected=true]");

  const put = (text, count, fresh) => {
    shownFor = text;
    status.textContent = count;
    list.replaceChildren(...fresh);
    list.hidden = fresh.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    choose(options()[0]);
  };

  const ask = async (text) => {
    asking = new AbortController();
    const address = `/search/options?${new URLSearchParams({ q: text })}`;
    const answer = await fetch(address, { signal: asking.signal, headers: { accept: "text/html" } });
    if (answer.redirected) return location.reload();
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    spellTimes(page.body);
    const count = page.getElementById("finder-count");
    return put(text, count.textContent, count.dataset.n === "0" ? [] : [...page.getElementById("finder-options").children]);
  };

  const typed = () => {
    clearTimeout(timer);
    asking?.abort();
    const text = field.value.trim();
    if (text === "") return put("", "", []);
    timer = setTimeout(() => {
      ask(text).catch((error) => {
        if (error.name !== "AbortError") put("", finder.dataset.failed, []);
      });
    }, TYPING_MS);
    return undefined;
  };

  field.addEventListener("input", typed);
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = options();
    if (step && all.length > 0) {
      event.preventDefault();
      const at = all.indexOf(chosen()) + step;
      choose(all[(at + all.length) % all.length]);
    }
    if (event.key === "Enter" && !event.isComposing && chosen() && shownFor === field.value.trim()) {
      event.preventDefault();
      chosen().click();
    }
  });
  list.addEventListener("pointermove", (event) => {
    const option = event.target.closest("[role=option]");
    if (option && option !== chosen()) choose(option);
  });
  finder.addEventListener("click", (event) => event.target === finder && finder.close());
  finder.addEventListener("close", () => asking?.abort());
  document.getElementById("finder-close").addEventListener("click", () => finder.close());
  document.querySelector(".to-search").addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, select, textarea, [contenteditable]");
    const isSlash = event.key === "/" || (event.code === "Slash" && event.key === ".");
    const isBare = !event.ctrlKey && !event.metaKey && !event.altKey;
    // By its place, so that it is the same key on a Russian keyboard.
    const isK = event.code === "KeyK" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
    if (!isK && !(isSlash && isBare && !isTyping)) return;
    event.preventDefault();
    open();
  });
}
