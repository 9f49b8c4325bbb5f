// <hubbub-log>: shows a timeline. Owns the message nodes, the lines between them and the place of the reader. However
// long the log, a few hundred nodes are alive: what lies far from the reader is let go, and comes back as a page.
// Knows no socket: it asks for pages, retries and reading by events that chat.js listens to.
// Events: `page` {way: "older" | "newer"}, `away` {around?, at?}, `retry` {nonce}, `discard` {nonce}, `seen` {seq},
// `rewrite` {nonce}, `fresh` {count, atEnd, far}, `missed` {count}: how many unread messages begin somewhere above, `unread` {seq}.

import { Place } from "hubbub/elements/place";
import { UnreadLine } from "hubbub/elements/unread";
import { dress } from "hubbub/elements/attached";
import { equip } from "hubbub/elements/code";
import { arrange, arrangeAll, groupAfter } from "hubbub/elements/lines";
import * as Message from "hubbub/elements/message";

const NEAR_END = 1_200;             // px before either end at which more messages are fetched
const MOST_NODES = 300;
const KEPT_NODES = 250;             // of a log that grows while its end is read

class HubbubLog extends HTMLElement {
  #timeline; #clock; #you; #place; #line;
  #nodes = new Map();               // message id → node
  #pending = new Map();             // nonce → node
  #fresh = 0;
  #readSeq = 0;
  #unreadKept = false;              // marked unread by will: being looked at does not make it read
  #loading = false;
  #goal = null;                     // where to be when the slice is another: {seq, mark} | {seq, top} | {line} | {}
  #astray = false;                  // the slice is another, and the page for the reader's place is on its way

  /** The messages that the server rendered. */
  get rendered() { return [...this.#list.querySelectorAll(".message")].map(Message.read); }

  /** Whether the newest message of the room is in view, or just below. */
  get atEnd() { return (this.#place?.atEnd ?? true) && !this.#astray; }

  /** What is read, to come back to: the number of the first message in view, and how far below the top it stands. */
  get place() {
    const { row, top = 0 } = this.#place.reading ?? {};
    return { seq: Number(row?.dataset.seq ?? 0), top };
  }

  show(timeline, { clock, you, readSeq, unread }) {
    this.#you = you;
    this.#timeline = timeline;
    this.#clock = clock;
    this.#readSeq = readSeq;
    this.#line = new UnreadLine(this.#list, () => this.#clone("hubbub-unread"));
    this.#line.set(unread ? readSeq : null, unread);
    this.#adopt();
    this.#place = new Place(this, { rows: () => this.#messages, moved: () => this.#moved(), follows: () => timeline.present });
    this.#open();
    for (const item of timeline.pending) this.#showPending(item.nonce, item);
    timeline.addEventListener("change", ({ detail }) => this.#changed(detail));
    this.addEventListener("click", (event) => this.#clicked(event));
    document.addEventListener("visibilitychange", () => this.#moved());
    this.#moved();
  }

  /** The day that is read, like 2026-11-20. */
  get day() {
    const time = this.#place.reading?.row.querySelector(".message__time");
    return time ? this.#clock.dayKey(new Date(time.dateTime)) : "";
  }

  /** Makes a change to messages shown; what is read stays where it is. */
  keep(change) { this.#place.keep(change); }

  /** There is nothing to be found above. */
  dismiss() {
    this.#line.met();
    this.#moved();
  }

  get you() { return this.#you; }
  set you(person) { this.#you = person; }

  /** How far was read elsewhere; `back` when somebody wants to read on from there once more. */
  readUpTo(seq, { back = false, unread = 0 } = {}) {
    const news = seq > this.#readSeq;
    this.#unreadKept = back;
    this.#readSeq = back ? seq : Math.max(this.#readSeq, seq);
    if (back) this.#line.set(seq, unread);
    else if (news && this.#timeline.present && seq >= (this.#timeline.last?.seq ?? 0)) this.#line.met();
    this.#place.keep(() => this.#drawLine());
    this.#moved();
  }

  // Going somewhere

  /** To the newest message. What is there is read, whatever was marked before. */
  toEnd() {
    this.#unreadKept = false;
    this.#line.met();
    if (this.#timeline.present && !this.#astray) this.#place.toEnd();
    else this.#away({});
  }

  /** To the message born at a number: marked, if a link led to it. */
  toMessage(seq, { mark = true } = {}) {
    const entry = !this.#astray && this.#timeline.entries.find((entry) => entry.seq === seq);
    if (entry) this.#reveal({ seq, mark });
    else this.#away({ around: seq }, { seq, mark });
  }

  /** Back to a `place`: everything stands where it stood. */
  toPlace({ seq, top }) {
    if (!this.#astray && this.#timeline.entries.some((entry) => entry.seq === seq)) this.#reveal({ seq, top });
    else this.#away({ around: seq }, { seq, top });
  }

  /** To the first message of a moment or later. */
  toMoment(at) { this.#away({ at }, { mark: true }); }

  /** To the line above what is not read. */
  toUnread() {
    if (this.#line.after === null) return this.toEnd();
    if (this.#line.node && !this.#astray) this.#reveal({ line: true });
    else this.#away({ around: this.#line.after + 1 }, { line: true });
  }

  /** The last `page` or `away` event is answered, or could not be. */
  loaded() {
    this.#loading = false;
    this.#older.removeAttribute("aria-busy");
    this.#newer.removeAttribute("aria-busy");
    requestAnimationFrame(() => this.#reach());
  }

  get #list() { return this.querySelector(".log__messages"); }
  get #messages() { return this.#list.getElementsByClassName("message"); }
  get #older() { return this.querySelector(".log__older"); }
  get #newer() { return this.querySelector(".log__newer"); }
  get #reading() { return this.atEnd && document.visibilityState === "visible"; }

  #adopt() {
    for (const node of this.#messages) this.#nodes.set(Number(node.dataset.id), node);
    this.#quietly(() => {
      equip(this.#list);
      for (const node of this.#messages) {
        Message.stamp(node, node.querySelector(".message__time").dateTime, this.#clock);
        Message.link(node);
        dress(node, this.#clock);
      }
      this.#arrangeAll();
    });
    this.#note();
  }

  /** Where reading begins: at the linked message, at the unread line when it lies above, or at the end. */
  #open() {
    const marked = this.#list.querySelector(".message--marked");
    if (marked) return this.#place.to(marked, "center");
    const linked = location.hash && this.#list.querySelector(`:scope > [id="${CSS.escape(location.hash.slice(1))}"]`);
    if (linked && linked.nextElementSibling) return this.#place.to(linked, "center");
    this.#place.toEnd();
    const line = this.#line.node;
    if (line && line.getBoundingClientRect().top < this.getBoundingClientRect().top) this.#place.to(line);
  }

  #changed(detail) {
    if (detail.kind === "pending") return this.#showPending(detail.nonce, detail.pending);
    if (detail.kind === "rename") return this.#rename(detail.person);
    if (detail.kind === "jump") return this.#jump(detail.focus);
    if (this.#astray) return;
    switch (detail.kind) {
      case "insert": return this.#insert(detail);
      case "update": return this.#update(detail.entry);
      case "beyond": return this.#beyond(detail.entry);
      case "prepend": return this.#prepend(detail.entries);
      case "append": return this.#append(detail.entries);
      case "trim": return this.#place.keep(() => this.#remove(detail.entries), { shrinks: true });
      case "reset": return this.#reset();
    }
  }

  #insert({ entry, next }) {
    const reading = this.#reading;
    this.#place.keep(() => {
      const waiting = this.#pending.get(entry.nonce);
      this.#pending.delete(entry.nonce);
      const node = this.#node(entry, waiting);
      this.#list.insertBefore(node, next && this.#nodes.get(next.id));
      this.#came(entry, reading);
      this.#arrange(node);
      this.#arrangePending();
    });
    if (!this.atEnd && !next && !this.#mine(entry)) this.#fresh++;
    this.#note();
    this.#tellFresh();
    if (this.#nodes.size > MOST_NODES) queueMicrotask(() => this.#trim());
    if (this.atEnd) this.#seen();
  }

  /** Said after the end of what is shown: counted, and seen when the reader comes there. */
  #beyond(entry) {
    if (!this.#mine(entry)) this.#fresh++;
    this.#came(entry);
    this.#tellFresh();
  }

  /** The line goes above the first message that came while nobody looked; a line that was read gives way. */
  #came(entry, reading = false) {
    const unread = this.#line.after !== null && this.#line.after >= this.#readSeq;
    if (this.#mine(entry)) this.#line.set(null);
    else if (reading || unread || entry.seq <= this.#readSeq) return;
    else this.#line.set(this.#readSeq);
    this.#line.met();
    this.#drawLine();
  }

  #mine(entry) { return entry.author.id === this.you.id; }

  #update(entry) {
    const node = this.#nodes.get(entry.id);
    if (node) this.#place.keep(() => { this.#fill(node, entry); this.#arrange(node); });
  }

  #prepend(entries) {
    const drop = this.#newestFar(entries.length);
    this.#quietly(() => this.#place.keep(() => {
      const first = this.#list.firstChild;
      this.#list.insertBefore(this.#nodesOf(entries), first);
      this.#arrangeEach(entries);
      this.#drawLine();
    }));
    this.#note();
    if (drop) queueMicrotask(() => this.#timeline.trimNewest(MOST_NODES));
  }

  #append(entries) {
    const drop = this.#oldestFar(entries.length);
    this.#quietly(() => this.#place.keep(() => {
      this.#list.append(this.#nodesOf(entries));
      this.#arrangeEach(entries);
      this.#arrangePending();
      this.#drawLine();
    }, { follow: false }));
    this.#note();
    if (drop) queueMicrotask(() => this.#timeline.trim(MOST_NODES));
  }

  /** Other messages instead; then to where the reader wanted to be. */
  #jump(focus) {
    const goal = this.#goal ?? {};
    this.#goal = null;
    this.#astray = false;
    this.#replace();
    this.#reveal({ ...(goal.mark && { seq: focus }), ...goal });
  }

  /** The newest page instead of what was held. Who read further up stays there: their page is asked for anew. */
  #reset() {
    const reading = this.atEnd ? null : this.#place.reading;
    if (!reading) {
      this.#replace();
      return this.#place.toEnd();
    }
    this.#astray = true;
    const seq = Number(reading.row.dataset.seq);
    this.#away({ around: seq }, { seq, top: reading.top });
  }

  #replace() {
    this.#quietly(() => {
      this.#nodes.clear();
      this.#list.replaceChildren(this.#nodesOf(this.#timeline.entries));
      const held = new Set(this.#timeline.pending.map(({ nonce }) => nonce));
      for (const nonce of [...this.#pending.keys()]) if (!held.has(nonce)) this.#showPending(nonce, null);
      this.#arrangeAll();
      this.#drawLine();
    });
    if (this.#timeline.present) this.#fresh = 0;
    this.#note();
  }

  #away(where, goal = {}) {
    this.#goal = goal;
    this.#loading = true;
    this.#tell("away", where);
  }

  /** Shows a place in the slice: a row at its old height, a message in the middle, the unread line, or the end. */
  #reveal({ seq, top, mark, line }) {
    const entry = seq && this.#timeline.entries.find((entry) => entry.seq >= seq);
    const node = line ? this.#line.node : entry && this.#nodes.get(entry.id);
    if (!node) return this.#place.toEnd();
    if (top !== undefined) return this.#place.put(node, top);
    this.#place.to(node, line ? "start" : "center");
    if (mark) this.#markOut(node);
  }

  #markOut(node) {
    for (const other of this.#list.querySelectorAll(".message--marked")) {
      other.classList.remove("message--marked");
      other.removeAttribute("aria-current");
    }
    node.classList.add("message--marked");
    this.#place.keep(() => this.#arrange(node));
    node.setAttribute("aria-current", "true");
    node.tabIndex = -1;
    node.focus({ preventScroll: true });
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
    const first = this.#messages[0], last = this.#messages[this.#messages.length - 1];
    while (this.#list.firstElementChild !== first && first) this.#list.firstElementChild.remove();
    while (this.#list.lastElementChild !== last && last) this.#list.lastElementChild.remove();
    if (first) this.#arrange(first);
    this.#drawLine();
    this.#note();
  }

  // What is let go must lie far from the reader: a very high window shows many. It is measured before the page changes,
  // while that costs nothing.

  /** When so many come before the first: whether those beyond the most that there may be are far below. */
  #newestFar(coming) {
    const rows = this.#messages, kept = Math.max(0, MOST_NODES - coming);
    return rows.length > kept && rows[kept].getBoundingClientRect().top - this.getBoundingClientRect().bottom > this.#far;
  }

  /** The same above, when so many come after the last. */
  #oldestFar(coming) {
    const rows = this.#messages, spare = Math.min(rows.length, rows.length + coming - MOST_NODES);
    return spare > 0 && this.getBoundingClientRect().top - rows[spare - 1].getBoundingClientRect().bottom > this.#far;
  }

  get #far() { return this.clientHeight + NEAR_END; }

  /** A log that has grown while it is followed, or while its reader is further up. */
  #trim() {
    if (this.#astray) return;
    const spare = MOST_NODES - KEPT_NODES;
    if (this.#oldestFar(spare) && (this.atEnd || this.#place.fromTop > this.#place.fromEnd)) this.#timeline.trim(KEPT_NODES);
    else if (!this.atEnd && this.#newestFar(spare)) this.#timeline.trimNewest(KEPT_NODES);
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

  #arrange(node) { arrange(node, this.#clock, () => this.#clone("hubbub-day")); }

  /** Messages that came together, and the one after them. */
  #arrangeEach(entries) { arrangeAll(entries.map(({ id }) => this.#nodes.get(id)), this.#clock, () => this.#clone("hubbub-day")); }

  #arrangeAll() {
    arrangeAll([...this.#messages], this.#clock, () => this.#clone("hubbub-day"));
    this.#arrangePending();
  }

  #arrangePending() {
    let previous = this.#messages[this.#messages.length - 1] ?? null;
    for (const node of this.#pending.values()) {
      groupAfter(node, previous);
      previous = node;
    }
  }

  #drawLine() { this.#line.draw(this.#timeline.entries, this.#timeline.floor, (id) => this.#nodes.get(id)); }

  #note() {
    const { more, present } = this.#timeline;
    this.querySelector(".log__empty").hidden = this.#nodes.size + this.#pending.size > 0;
    this.#older.hidden = !more;
    this.#newer.hidden = present;
    this.toggleAttribute("data-past", !present);
  }

  #moved() {
    if (this.atEnd && this.#fresh) this.#fresh = 0;
    this.#tellFresh();
    this.#tellMissed();
    this.#seen();
    this.#reach();
  }

  #tellFresh() { this.#tell("fresh", { count: this.#fresh, atEnd: this.atEnd, far: !this.#timeline.present }); }

  /** The line has been met when it is in view, or when the reader is above it. */
  #tellMissed() {
    const line = this.#line.node;
    if (line && this.#place && line.getBoundingClientRect().bottom > this.getBoundingClientRect().top) this.#line.met();
    this.#tell("missed", { count: this.#line.missed });
  }

  #seen() {
    const last = this.#timeline.last;
    if (!this.#reading || this.#unreadKept || !last || last.seq <= this.#readSeq) return;
    this.#readSeq = last.seq;
    this.#tell("seen", { seq: last.seq });
  }

  /** Asks for what comes next in the direction in which the reader nears an end. */
  #reach() {
    if (this.#loading || !this.#place) return;
    if (this.#astray) return this.#away({ around: this.#goal?.seq ?? this.place.seq }, this.#goal ?? {});
    const { more, present } = this.#timeline;
    if (more && this.#place.fromTop < NEAR_END) this.#ask("older", this.#older);
    else if (!present && this.#place.fromEnd < NEAR_END) this.#ask("newer", this.#newer);
  }

  #ask(way, sign) {
    this.#loading = true;
    sign.setAttribute("aria-busy", "true");
    this.#tell("page", { way });
  }

  #clicked(event) {
    const action = event.target.closest("[data-action]");
    if (action) this.#act(action.dataset.action, action.closest(".message").dataset);
    if (!event.target.closest(".log__older a, .log__newer a:not([data-present])")) return;
    event.preventDefault();
    this.#reach();
  }

  #act(action, { nonce, seq }) { this.#tell(action, { nonce, seq: Number(seq) }); }

  /** Old messages that come in are not announced as if they were said now. */
  #quietly(change) {
    this.setAttribute("aria-live", "off");
    change();
    setTimeout(() => this.setAttribute("aria-live", "polite"), 200);
  }

  #nodesOf(entries) {
    const nodes = document.createDocumentFragment();
    for (const entry of entries) nodes.append(this.#node(entry));
    return nodes;
  }

  /** The node of a message: the one that waited for it, or a new one. */
  #node(entry, waiting = this.#clone("hubbub-message")) {
    this.#nodes.set(entry.id, waiting);
    return this.#fill(waiting, entry);
  }

  #fill(node, entry) {
    Message.fill(node, entry, this.#clock);
    Message.link(node, `${this.dataset.url}${entry.seq}/`);
    return node;
  }

  #clone(id) { return document.getElementById(id).content.firstElementChild.cloneNode(true); }

  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}

customElements.define("hubbub-log", HubbubLog);
