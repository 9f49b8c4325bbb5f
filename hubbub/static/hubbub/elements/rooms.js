// <hubbub-rooms>: the rooms in the sidebar with their unread counts and how they are followed. Knows no socket; chat.js tells it the numbers.

import { keepKeyboard } from "hubbub/elements/keyboard";

class HubbubRooms extends HTMLElement {
  /** The keys of the rooms listed, the current one too. */
  get keys() { return [...this.querySelectorAll("[data-room]")].map((link) => link.dataset.room); }

  /** Lists a room that was not here when the page was made. */
  add({ key, name, url, kind = "public", current = false }) {
    if (this.#link(key)) return;
    const item = document.getElementById("hubbub-room-link").content.firstElementChild.cloneNode(true);
    const link = item.querySelector("a");
    Object.assign(link.dataset, { room: key, kind, unread: 0, mentions: 0 });
    link.querySelector(".rooms__kind").textContent = this.dataset[kind] ?? "";
    link.href = url;
    if (current) link.setAttribute("aria-current", "page");
    link.querySelector(".rooms__name").textContent = name;
    this.querySelector("ul").append(item);
  }

  rename(key, name, url) {
    const link = this.#link(key);
    if (!link) return;
    link.href = url;
    link.querySelector(".rooms__name").textContent = name;
  }

  remove(key) { this.#link(key)?.closest("li").remove(); }

  /** How much is unread that you want to be told of, and how much of it calls you. */
  count(key, { unread, mentions }) {
    const link = this.#link(key);
    if (!link) return;
    Object.assign(link.dataset, { unread, mentions });
    link.querySelector(".rooms__count").textContent = shown(unread, 999);
    link.querySelector(".rooms__calls").textContent = shown(mentions, 99);
  }

  /** How much calls you, in all rooms. */
  called(count) {
    const link = this.closest("nav").querySelector(".rooms__link--called");
    if (!link) return;
    link.dataset.mentions = count;
    link.querySelector(".rooms__calls").textContent = shown(count, 99);
  }

  /** How you follow a room: starred ones come first, muted ones step back. */
  attend(key, { starred = false, muted = false, level = "all" }) {
    const link = this.#link(key);
    if (!link) return;
    const moved = link.hasAttribute("data-starred") !== starred;
    link.toggleAttribute("data-starred", starred);
    link.toggleAttribute("data-muted", muted);
    link.dataset.level = level;
    if (moved) keepKeyboard(this, () => this.#place(link.closest("li")));
  }

  #place(item) {
    const starred = [...this.querySelectorAll("li:has([data-starred])")].filter((other) => other !== item);
    if (starred.length) starred.at(-1).after(item);
    else item.parentElement.prepend(item);
  }

  #link(key) { return this.querySelector(`[data-room="${CSS.escape(key)}"]`); }
}

const shown = (count, most) => (count > most ? `${most}+` : count || "");

/** Whether there is something unread in a room that is not muted, or something that calls the reader by name. */
const calls = ({ dataset }) => (dataset.unread !== "0" && dataset.muted === undefined) || (dataset.mentions ?? "0") !== "0";

/** The link of the next room in the sidebar's order, or the one before (`step` -1), round and round; perhaps with unread only. */
export function nextRoom(step, unread) {
  const links = [...document.querySelectorAll("hubbub-rooms [data-room]")];
  if (step < 0) links.reverse();
  const here = links.findIndex((link) => link.hasAttribute("aria-current"));
  return [...links.slice(here + 1), ...links.slice(0, Math.max(here, 0))].find((link) => !link.hasAttribute("aria-current") && (!unread || calls(link))) ?? null;
}

customElements.define("hubbub-rooms", HubbubRooms);
