// <hubbub-card>: who somebody is, over the page: by a click on a name or an avatar, from the switcher, or by a key on a
// message. What it shows it asks of the server each time. Knows no socket; chat.js tells it when a person changed.

import { portray } from "hubbub/elements/avatar";
import { place } from "hubbub/elements/panel";
import { block } from "hubbub/elements/veil";
import { write } from "hubbub/field";
import { keys } from "hubbub/keys";

const WHOM = ".message__author, .message__avatar, .person, [data-person]";
const CLOCK_EVERY = 10_000;

class HubbubCard extends HTMLElement {
  #id = null;
  #shown = null;
  #back = null;                     // where the keyboard goes when what it came from was closed by opening the card
  #timer;
  #turn = 0;                        // of several that are asked for the last is shown

  connectedCallback() {
    document.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("hubbub:person", (event) => { event.preventDefault(); this.open(event.detail.id, null); });
    this.addEventListener("toggle", ({ newState }) => { if (newState === "closed") this.#closed(); });
    this.#on("mention", () => this.#mention());
    this.#on("block", () => this.#block());
    keys.add({ name: "person", keys: ["u"], when: () => this.#focused, run: () => this.open(this.#focused.dataset.author, this.#focused.querySelector(".message__head")) });
  }

  /** Shows the card of a person by id, beside a node; in the middle without one. */
  async open(id, anchor) {
    const turn = ++this.#turn, from = document.activeElement;
    const person = await this.#ask(id), at = document.activeElement;
    if (turn !== this.#turn || (at !== from && at.matches("input, textarea"))) return;      // who asked writes by now
    if (!person) return location.assign(personUrl(id));
    this.#id = id;
    this.#show(person);
    if (!this.matches(":popover-open")) {
      this.#back = buttonOf(document.activeElement?.closest("[popover]"));
      this.showPopover();
    }
    place(this, anchor?.checkVisibility() ? anchor.getBoundingClientRect() : null, { begin: true });
    this.focus({ preventScroll: true });
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), CLOCK_EVERY);
  }

  /** Somebody changed, or whom the reader blocks: an open card says so. */
  async changed(person) {
    if (!this.matches(":popover-open") || (person && person.id !== this.#id)) return;
    const id = this.#id, now = await this.#ask(id);
    if (now && id === this.#id) this.#show(now);
  }

  get #focused() { return document.activeElement?.closest(".message[data-author]") ?? null; }
  get #composer() { return document.querySelector("#chat-message-input"); }

  #on(action, run) { this.querySelector(`[data-card=${action}]`).addEventListener("click", run); }

  #clicked(event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;      // a new tab is asked for
    const node = event.target.closest(WHOM);
    if (!node || this.contains(node) || node.closest("dialog")) return;
    const id = node.dataset.person ?? node.closest("[data-author]")?.dataset.author ?? node.querySelector("[data-author]")?.dataset.author;
    if (!id || node.closest(".message[data-state]")) return;
    event.preventDefault();
    this.open(id, node);
  }

  #closed() {
    clearInterval(this.#timer);
    if (document.activeElement === document.body || this.contains(document.activeElement)) this.#back?.focus();
  }

  async #ask(id) {
    try {
      const response = await fetch(personUrl(id), { headers: { Accept: "application/json" } });
      return response.ok ? await response.json() : null;
    } catch {
      return null;
    }
  }

  #show(person) {
    this.#shown = person;
    const part = (name) => this.querySelector(`.card__${name}`);
    portray(this.querySelector(".avatar"), person);
    part("person").textContent = person.name;
    part("guest").hidden = !person.guest;
    part("about").textContent = person.about;
    part("about").hidden = !person.about;
    part("shared").hidden = person.you || !person.rooms.length;
    part("rooms").replaceChildren(...person.rooms.map(({ name, url }) => {
      const item = document.createElement("li");
      item.append(Object.assign(document.createElement("a"), { href: url, textContent: `#${name}`, dir: "auto" }));
      return item;
    }));
    const button = (name) => this.querySelector(`[data-card=${name}]`);
    button("page").href = person.url;
    button("profile").hidden = !person.you;
    button("mention").hidden = person.you || !this.#composer;
    button("direct").hidden = person.you || !person.direct;
    if (person.direct) button("direct").form.action = person.direct;
    button("block").hidden = person.you;
    button("block").textContent = person.blocked ? this.dataset.unblock : this.dataset.block;
    part("blocked").hidden = !person.blocked;
    this.#tick();
  }

  /** What time it is where they are. */
  #tick() {
    const line = this.querySelector(".card__time");
    const zone = this.#shown.time_zone;
    line.hidden = true;
    if (!zone) return;
    try {
      const time = new Intl.DateTimeFormat(document.documentElement.lang || undefined, { hour: "2-digit", minute: "2-digit", timeZone: zone });
      line.textContent = this.dataset.time.replace("{time}", time.format()).replace("{zone}", zone.replaceAll("_", " "));
      line.hidden = false;
    } catch { /* a zone that this browser does not know */ }
  }

  async #mention() {
    const words = await spelled(this.#shown);
    this.hidePopover();
    const field = this.#composer;
    const before = field.value.slice(0, field.selectionStart);
    write(field, `${before && !/\s$/.test(before) ? " " : ""}${words} `, field.selectionStart, field.selectionEnd);
  }

  async #block() {
    const body = new FormData();
    body.set("on", this.#shown.blocked ? "0" : "1");
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
    try {
      const response = await fetch(`${this.#shown.url}block/`, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token } });
      const { blocked } = await response.json();
      if (!blocked) return;
      this.#show({ ...this.#shown, blocked: blocked.includes(this.#id) });
      block(blocked);
    } catch { /* without a line nothing changes, and the button says so */ }
  }
}

/** What calls exactly this person in the room of the page: the name, and where others go by it too, the server's digits. */
async function spelled({ id, name }) {
  const { url, room } = document.querySelector("#composer-form hubbub-completion")?.dataset ?? {};
  try {
    const response = await fetch(`${url}?${new URLSearchParams({ room, kind: "person", q: name })}`, { headers: { Accept: "application/json" } });
    const { offers } = await response.json();
    return offers.find(({ person }) => person === id)?.insert ?? `@${name}`;
  } catch {
    return `@${name}`;
  }
}

/** What opens a panel: its button, or the one that this is behind. */
function buttonOf(panel) {
  const button = panel && document.querySelector(`[popovertarget="${panel.id}"], [data-opens="${panel.id}"]`);
  return button?.closest(".tools") && document.querySelector(".header__more").checkVisibility() ? document.querySelector(".header__more") : button;
}

/** The page of a person. */
export function personUrl(id) {
  return document.querySelector("hubbub-card")?.dataset.personTemplate.replace("__person__", () => id) ?? "";
}

customElements.define("hubbub-card", HubbubCard);
