// <hubbub-log>: shows a timeline. Owns the message nodes, the lines between them and the place of the reader.
// Knows no socket: it asks for older messages, retries and reading by events that chat.js listens to.
// Events: `older`, `retry` {nonce}, `discard` {nonce}, `seen` {seq}, `fresh` {count, atEnd}.

import { Place } from "hubbub/elements/place";
import { equip } from "hubbub/elements/code";
import { daysBetween, groupAfter } from "hubbub/elements/lines";
import * as Message from "hubbub/elements/message";

const NEAR_TOP = 600;               // px before the top at which older messages are fetched
const MOST_NODES = 1_000;
const KEPT_NODES = 900;

class HubbubLog extends HTMLElement {
  #timeline; #clock; #you; #place;
  #nodes = new Map();               // message id → node
  #pending = new Map();             // nonce → node
  #fresh = 0;
  #readSeq = 0;
  #loading = false;

  /** The messages that the server rendered. */
  get rendered() { return [...this.#list.querySelectorAll(".message")].map(Message.read); }

  get atEnd() { return this.#place?.atEnd ?? true; }

  show(timeline, { clock, you, readSeq }) {
    this.#you = you;
    this.#timeline = timeline;
    this.#clock = clock;
    this.#readSeq = readSeq;
    this.#adopt();
    this.#place = new Place(this, () => this.#list.querySelectorAll(".message"), () => this.#moved());
    this.#open();
    for (const item of timeline.pending) this.#showPending(item.nonce, item);
    timeline.addEventListener("change", ({ detail }) => this.#changed(detail));
    this.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("visibilitychange", () => this.#moved());
    this.#moved();
  }

  /** A page of the past: only read, in the reader's own time. */
  still(clock) {
    this.#clock = clock;
    this.#localise();
    this.querySelector(".message--marked")?.scrollIntoView({ block: "center" });
  }

  get you() { return this.#you; }
  set you(person) { this.#you = person; }

  /** What was read elsewhere is not new here. */
  readUpTo(seq) { this.#readSeq = Math.max(this.#readSeq, seq); }

  toEnd() { this.#place.toEnd(); }

  /** The last `older` event is answered, or could not be. */
  loaded() {
    this.#loading = false;
    this.#older.removeAttribute("aria-busy");
    requestAnimationFrame(() => this.#reach());
  }

  get #list() { return this.querySelector(".log__messages"); }
  get #older() { return this.querySelector(".log__older"); }
  get #reading() { return this.atEnd && document.visibilityState === "visible"; }

  #adopt() {
    for (const node of this.#list.querySelectorAll(".message")) this.#nodes.set(Number(node.dataset.id), node);
    this.#quietly(() => this.#localise());
    this.#note();
  }

  #localise() {
    equip(this.#list);
    for (const node of this.#list.querySelectorAll(".message")) {
      Message.stamp(node, node.querySelector(".message__time").dateTime, this.#clock);
      Message.link(node);
    }
    this.#arrangeAll();
  }

  /** Where reading begins: at the linked message, at the unread line when it lies above, or at the end. */
  #open() {
    const marked = this.#list.querySelector(".message--marked");
    if (marked) return this.#place.to(marked, "center");
    const linked = location.hash && this.#list.querySelector(`:scope > [id="${CSS.escape(location.hash.slice(1))}"]`);
    if (linked && linked.nextElementSibling) return this.#place.to(linked, "center");
    this.#place.toEnd();
    const line = this.#list.querySelector(".unread");
    if (line && line.getBoundingClientRect().top < this.getBoundingClientRect().top) this.#place.to(line);
  }

  #changed(detail) {
    switch (detail.kind) {
      case "insert": return this.#insert(detail);
      case "update": return this.#update(detail.entry);
      case "prepend": return this.#prepend(detail.entries);
      case "trim": return this.#place.keep(() => this.#remove(detail.entries));
      case "reset": return this.#place.replace(() => this.#reset());
      case "rename": return this.#rename(detail.person);
      case "pending": return this.#showPending(detail.nonce, detail.pending);
    }
  }

  #insert({ entry, next }) {
    const reading = this.#reading;
    this.#place.keep(() => {
      const waiting = this.#pending.get(entry.nonce);
      this.#pending.delete(entry.nonce);
      const node = this.#node(entry, waiting);
      this.#nodes.set(entry.id, node);
      this.#list.insertBefore(node, next && this.#nodes.get(next.id));
      if (entry.author.id === this.you.id) this.#unmark();
      else if (!reading) this.#mark(node, entry);
      this.#arrange(node);
      this.#arrangePending();
    });
    if (!this.atEnd && !next && entry.author.id !== this.you.id) this.#fresh++;
    this.#note();
    this.#tell("fresh", { count: this.#fresh, atEnd: this.atEnd });
    if (this.atEnd) { this.#trim(); this.#seen(); }
  }

  /** The line above the first message that came while nobody looked; an older line that was read gives way. */
  #mark(node, entry) {
    const line = this.#list.querySelector(".unread");
    const after = line && nextMessage(line);
    if (after && Number(after.dataset.seq) > this.#readSeq) return;
    if (entry.seq <= this.#readSeq) return;
    this.#unmark();
    node.before(this.#clone("hubbub-unread"));
  }

  #unmark() {
    const line = this.#list.querySelector(".unread");
    const after = line && nextMessage(line);
    line?.remove();
    if (after) groupAfter(after, previousMessage(after));
  }

  #update(entry) {
    const node = this.#nodes.get(entry.id);
    if (node) this.#place.keep(() => { Message.fill(node, entry, this.#clock); this.#arrange(node); });
  }

  #prepend(entries) {
    this.#quietly(() => this.#place.keep(() => {
      const first = this.#list.firstChild;
      for (const entry of entries) {
        const node = this.#node(entry);
        this.#nodes.set(entry.id, node);
        this.#list.insertBefore(node, first);
      }
      this.#arrangeAll();
    }));
    this.#note();
  }

  #reset() {
    this.#quietly(() => {
      this.#nodes.clear();
      this.#list.replaceChildren();
      for (const entry of this.#timeline.entries) {
        const node = this.#node(entry);
        this.#nodes.set(entry.id, node);
        this.#list.append(node);
      }
      const held = new Set(this.#timeline.pending.map(({ nonce }) => nonce));
      for (const nonce of [...this.#pending.keys()]) if (!held.has(nonce)) this.#showPending(nonce, null);
      this.#arrangeAll();
    });
    this.#fresh = 0;
    this.#note();
  }

  #rename(person) {
    this.#place.keep(() => {
      for (const node of this.querySelectorAll(`.message[data-author="${CSS.escape(person.id)}"]`)) Message.sign(node, person);
    });
  }

  #remove(entries) {
    for (const { id } of entries) {
      this.#nodes.get(id)?.remove();
      this.#nodes.delete(id);
    }
    while (this.#list.firstElementChild && !this.#list.firstElementChild.matches(".message")) this.#list.firstElementChild.remove();
    if (this.#list.firstElementChild) this.#arrange(this.#list.firstElementChild);
    this.#note();
  }

  #trim() {
    if (this.#nodes.size > MOST_NODES) queueMicrotask(() => this.#timeline.trim(KEPT_NODES));
  }

  #showPending(nonce, item) {
    this.#place.keep(() => {
      const held = this.#pending.get(nonce);
      if (!item) {
        held?.remove();
        this.#pending.delete(nonce);
      } else {
        const node = held ?? this.#clone("hubbub-message");
        if (!held) {
          node.append(this.#clone("hubbub-pending"));
          Message.stamp(node, new Date().toISOString(), this.#clock);
          this.#pending.set(nonce, node);
          this.querySelector(".log__pending").append(node);
        }
        Message.fillPending(node, item, this.you);
      }
      this.#arrangePending();
    });
    this.#note();
  }

  #arrange(node) {
    daysBetween(node, this.#clock, () => this.#clone("hubbub-day"));
    groupAfter(node, previousMessage(node));
    const next = nextMessage(node);
    if (!next) return;
    daysBetween(next, this.#clock, () => this.#clone("hubbub-day"));
    groupAfter(next, node);
  }

  #arrangeAll() {
    let previous = null;
    for (const node of [...this.#list.querySelectorAll(".message")]) {
      daysBetween(node, this.#clock, () => this.#clone("hubbub-day"));
      groupAfter(node, previous);
      previous = node;
    }
    this.#arrangePending();
  }

  #arrangePending() {
    let previous = this.#nodes.size ? this.#list.lastElementChild : null;
    for (const node of this.#pending.values()) {
      groupAfter(node, previous);
      previous = node;
    }
  }

  #note() {
    this.querySelector(".log__empty").hidden = this.#nodes.size + this.#pending.size > 0;
    this.#older.hidden = !this.#timeline.more;
  }

  #moved() {
    if (this.atEnd && this.#fresh) this.#fresh = 0;
    this.#tell("fresh", { count: this.#fresh, atEnd: this.atEnd });
    this.#seen();
    this.#reach();
  }

  #seen() {
    const last = this.#timeline.last;
    if (!this.#reading || !last || last.seq <= this.#readSeq) return;
    this.#readSeq = last.seq;
    this.#tell("seen", { seq: last.seq });
  }

  #reach() {
    if (this.#loading || !this.#timeline.more || !this.#place || this.#place.fromTop > NEAR_TOP) return;
    this.#loading = true;
    this.#older.setAttribute("aria-busy", "true");
    this.#tell("older");
  }

  #clicked(event) {
    const action = event.target.closest("[data-action]");
    if (action) this.#tell(action.dataset.action, { nonce: action.closest(".message").dataset.nonce });
    if (!event.target.closest(".log__older a")) return;
    event.preventDefault();
    this.#reach();
  }

  /** Old messages that come in are not announced as if they were said now. */
  #quietly(change) {
    this.setAttribute("aria-live", "off");
    change();
    setTimeout(() => this.setAttribute("aria-live", "polite"), 200);
  }

  /** The node of a message: the one that waited for it, or a new one. */
  #node(entry, waiting) {
    const node = Message.fill(waiting ?? this.#clone("hubbub-message"), entry, this.#clock);
    Message.link(node, `${this.dataset.url}${entry.seq}/`);
    return node;
  }

  #clone(id) { return document.getElementById(id).content.firstElementChild.cloneNode(true); }

  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}

const previousMessage = (node) => beside(node, "previousElementSibling");
const nextMessage = (node) => beside(node, "nextElementSibling");

function beside(node, direction) {
  let other = node[direction];
  while (other && !other.matches(".message")) other = other[direction];
  return other;
}

customElements.define("hubbub-log", HubbubLog);
