// <hubbub-rooms>: the rooms in the sidebar with their unread counts. Knows no socket; chat.js tells it the numbers.

class HubbubRooms extends HTMLElement {
  /** The keys of the rooms listed, the current one too. */
  get keys() { return [...this.querySelectorAll("[data-room]")].map((link) => link.dataset.room); }

  /** Lists a room that was not here when the page was made. */
  add({ key, name, url, current = false }) {
    if (this.#link(key)) return;
    const item = document.getElementById("hubbub-room-link").content.firstElementChild.cloneNode(true);
    const link = item.querySelector("a");
    Object.assign(link.dataset, { room: key, unread: 0 });
    link.href = url;
    if (current) link.setAttribute("aria-current", "page");
    link.querySelector(".rooms__name").textContent = name;
    this.querySelector("ul").append(item);
  }

  unread(key, count) {
    const link = this.#link(key);
    if (!link) return;
    link.dataset.unread = count;
    link.querySelector(".rooms__count").textContent = count > 999 ? "999+" : count || "";
  }

  #link(key) { return this.querySelector(`[data-room="${CSS.escape(key)}"]`); }
}

/** The link of the next room in the sidebar's order, or the one before (`step` -1), round and round; perhaps with unread only. */
export function nextRoom(step, unread) {
  const links = [...document.querySelectorAll("hubbub-rooms [data-room]")];
  if (step < 0) links.reverse();
  const here = links.findIndex((link) => link.hasAttribute("aria-current"));
  return [...links.slice(here + 1), ...links.slice(0, Math.max(here, 0))].find((link) => !link.hasAttribute("aria-current") && (!unread || link.dataset.unread !== "0")) ?? null;
}

customElements.define("hubbub-rooms", HubbubRooms);
