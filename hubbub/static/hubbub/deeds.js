// Owns what one does with messages besides writing them: react, reply, edit, pin, copy, delete. Says who hears whom of
// the elements for it, and asks the server. Knows the timeline, the connection and the elements; chat.js starts it.

import { Refusal } from "hubbub/connection";
import { Editing, source } from "hubbub/editing";
import { quoteOf } from "hubbub/entry";
import { composes } from "hubbub/field";
import { keys } from "hubbub/keys";
import { deedsUrl, doubt, isUnsure, tellReactions } from "hubbub/elements/attached";
import { say, tell } from "hubbub/elements/note";
import "hubbub/elements/picker";
import "hubbub/elements/pins";
import "hubbub/elements/toolbar";
import { editing } from "hubbub/elements/editor";
import { Reply } from "hubbub/elements/reply";
import { confirmed } from "hubbub/elements/confirm";
import { put } from "hubbub/elements/code";

const BROUGHT = new Set(["prepend", "append", "jump", "reset"]);

export class Deeds {
  #page; #log; #timeline; #connection; #reading; #clock; #composer; #you; #editing;
  #toolbar = document.querySelector("hubbub-toolbar");
  #picker = document.querySelector("hubbub-picker");
  #pins = document.querySelector("hubbub-pins");

  /** The bar over the composer: what is being answered. */
  reply;

  constructor({ page, log, timeline, connection, reading, clock, composer }) {
    this.reply = new Reply({ person: page.you.id, room: page.room, composer });
    this.#page = page;
    this.#log = log;
    this.#timeline = timeline;
    this.#connection = connection;
    this.#reading = reading;
    this.#clock = clock;
    this.#composer = composer;
    this.#you = page.you.id;
    this.#requote();
    log.addEventListener("click", (event) => this.#clicked(event));
    for (const met of ["pointerover", "focusin"]) log.addEventListener(met, ({ target }) => this.#name(target.closest(".reaction[data-more]")));
    timeline.addEventListener("change", ({ detail }) => this.#changed(detail));
    if (!composer) return;
    this.#toolbar.serve(log, { may: (deed, id) => this.#may(deed, this.#entry(id)), run: (deed, id, anchor) => this.run(deed, id, anchor) });
    this.#pins?.serve({ log, clock, fetch: () => this.#fetchPins(), unpin: (id) => this.#ask({ type: "pin", id, on: false }) });
    this.#editing = new Editing({
      page, log,
      entry: (id) => this.#entry(id),
      may: (entry) => this.#may("edit", entry),
      ask: (command) => this.#ask(command),
      emptied: (id) => this.run("delete", id),                             // nothing left is what deleting makes
      left: (id) => (id ? this.#back(id) : this.#write()),
    });
    this.#listen();
  }

  /** What was being answered when the page was left may say something else by now, or nothing any more. */
  #requote() {
    const { quote } = this.reply;
    const now = quote && this.#entry(quote.id);
    if (now && now.changed > quote.changed) this.reply.to(quoteOf(now), { focus: false });
  }

  /** A frame of this room: what is pinned may be another now, or whose the emoji under a message are. */
  heard(frame) {
    if (frame.type === "change" || frame.type === "message") this.#pins?.heard(frame);
    if (frame.type === "reactions" && this.#node(frame.id)) tellReactions(this.#node(frame.id), frame);
    if (frame.type === "joined") doubt(this.#log);
    if (["synced", "reset", "history"].includes(frame.type)) setTimeout(() => this.#wonder());      // when it is shown
  }

  /** Does something to the message with this id, if that may be done. */
  run(deed, id, anchor = null) {
    const entry = this.#entry(id);
    if (!entry || !this.#may(deed, entry)) {
      if (entry && !entry.deleted) say("late");                          // it was offered while its time was not over
      return false;
    }
    switch (deed) {
      case "react": this.#picker.open(anchor ?? this.#node(id), (emoji) => this.#react(entry, emoji), () => this.#back(id)); return true;
      case "reply": this.reply.to(quoteOf(entry)); return true;
      case "edit": this.#editing.begin(entry); return true;
      case "pin": this.#ask({ type: "pin", id, on: !entry.pinned }); return true;
      case "copy-text": this.#copy(entry.message ?? source(entry.id)); return true;
      case "copy-link": this.#copy(this.#node(id).querySelector(".message__link").href); return true;
      case "unread": this.#reading.unreadFrom(entry.seq); return true;
      case "earlier": location.assign(deedsUrl(id)); return true;
      case "delete": this.#delete(entry); return true;
    }
    return false;
  }

  #may(deed, entry) {
    if (!entry || entry.deleted) return false;
    const own = entry.author.id === this.#you;
    const hours = (name) => !this.#page.limits[name] || Date.now() - new Date(entry.at) < this.#page.limits[name] * 3_600_000;
    switch (deed) {
      case "edit": return own && hours("edit_hours");
      case "delete": return (own && hours("delete_hours")) || Boolean(this.#page.moderates);
      case "earlier": return Boolean(entry.edited_at) && (own || Boolean(this.#page.moderates));
    }
    return true;
  }

  // What is asked of the server

  /** Null when it is done, or else why not: {code, message}. */
  async #ask(command) {
    try {
      await this.#connection.ask(command);
      return null;
    } catch (error) {
      if (!(error instanceof Refusal)) { say("offline"); return { message: document.getElementById("hubbub-note").dataset.offline }; }
      if (error.code !== "edited_since") tell(error.message);        // that is asked about
      return error;
    }
  }

  #react(entry, emoji) {
    this.#back(entry.id);
    this.#toggle(entry.id, emoji);
  }

  /** Puts the reader's emoji under a message, or takes it back. */
  async #toggle(id, emoji) {
    if (isUnsure(this.#node(id))) await this.#whose(id);
    const mine = [...this.#node(id).querySelectorAll(".reaction[aria-pressed=true]")].some(({ value }) => value === emoji);
    this.#ask({ type: "react", id, emoji, on: !mine });
  }

  /** Asks whose the emoji are under those messages that do not tell. */
  #wonder() {
    for (const node of this.#log.querySelectorAll(".message[data-id]")) if (isUnsure(node)) this.#whose(Number(node.dataset.id));
  }

  /** More names than a message comes with, for who looks. */
  #name(button) {
    if (!button || "told" in button.dataset) return;
    button.dataset.told = "";
    this.#whose(Number(button.closest(".message").dataset.id));
  }

  async #whose(id) {
    try {
      await this.#connection.ask({ type: "reacted", id });           // heard as a frame, before this goes on
    } catch {
      // Asked again with the next line; until then it counts as not reacted.
    }
  }

  async #delete(entry) {
    if (await confirmed("delete", quoteOf(entry))) this.#ask({ type: "delete", id: entry.id });
    this.#back(entry.id);
  }

  async #copy(text) { say((await put(text)) ? "copied" : (await text) === null ? "offline" : "uncopied"); }

  async #fetchPins() {
    const response = await fetch(`${this.#pins.dataset.url}`, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(response.statusText);
    return (await response.json()).messages;
  }

  // Who hears whom

  #listen() {
    const input = this.#composer.querySelector("textarea");
    input.addEventListener("keydown", (event) => this.#typed(event, input));
    keys.add({ name: "edit-last", keys: ["ArrowUp"] });
    keys.add({ name: "message-up", keys: ["ArrowUp", "k"], when: (event) => this.#walks(event), run: () => this.#walk(-1) });
    keys.add({ name: "message-down", keys: ["ArrowDown", "j"], when: (event) => this.#walks(event), run: () => this.#walk(1) });
    keys.add({ name: "leave-message", keys: ["Escape"] });
    this.#log.addEventListener("keydown", (event) => {                   // before the same key leads to the newest message
      if (event.key !== "Escape" || event.defaultPrevented || !this.#focused || document.querySelector(":popover-open")) return;
      event.preventDefault();
      this.#write();
    });
    const deeds = [["menu", "Enter"], ["react", "+"], ["reply", "r"], ["edit", "e"], ["pin", "t"], ["copy-text", "y"], ["copy-link", "l"], ["earlier", "b"], ["delete", "Delete"]];
    for (const [deed, key] of deeds) keys.add({ name: `message-${deed}`, keys: [key], when: (event) => this.#ready(deed, event), run: () => this.#act(deed) });
    keys.add({ name: "pins", keys: ["Alt+Shift+I"], command: true, when: () => Boolean(this.#pins), run: () => this.#pins.toggle() });
    this.#log.addEventListener("contextmenu", (event) => {               // the key for menus; the mouse keeps its own menu
      if (event.button === 2 || event.pointerType === "touch" || !this.#focused) return;
      event.preventDefault();
      this.#act("menu");
    });
  }

  #typed(event, input) {
    if (composes(event) || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    if (event.key === "Escape" && this.reply.quote) {
      event.preventDefault();
      this.reply.to(null);
    } else if (event.key === "ArrowUp" && !input.value) {
      const unsent = this.#timeline.pending.findLast(({ state }) => state !== "sending");
      const last = this.#timeline.entries.findLast((entry) => this.#may("edit", entry));
      if (!unsent && !last) return;
      event.preventDefault();
      if (unsent) this.#log.dispatchEvent(new CustomEvent("rewrite", { detail: { nonce: unsent.nonce } }));
      else this.run("edit", last.id);
    }
  }

  #clicked(event) {
    const node = event.target.closest(".message[data-id]");
    const chip = event.target.closest(".reaction");
    if (!node || !chip) return;
    event.preventDefault();
    const id = Number(node.dataset.id);
    if (chip.classList.contains("reaction--add")) this.run("react", id, chip);
    else this.#toggle(id, chip.value);
  }

  #changed({ kind, entry }) {
    if (BROUGHT.has(kind)) queueMicrotask(() => this.#editing?.resume());     // once the log has shown them
    if (kind !== "update") return;
    const quoted = this.reply.quote?.id === entry.id;
    if (quoted) this.reply.to(quoteOf(entry), { focus: false });
    if (entry.deleted) this.#editing?.abandon(entry.id);
    else this.#editing?.heard(entry);
    this.#toolbar.refresh(entry.id);
  }

  // The keyboard among the messages

  get #focused() { return document.activeElement?.closest(".message[data-id]") ?? null; }

  #walks(event) {
    const active = document.activeElement;
    if (event?.key.startsWith("Arrow")) return active === this.#log || Boolean(active?.matches(".message[data-id]"));
    return !active?.closest("dialog, [popover]");
  }

  #walk(step) {
    const rows = [...this.#log.querySelectorAll(".log__messages > .message[data-id]")];
    const focused = this.#focused;
    const next = focused ? rows[rows.indexOf(focused) + step] : rows.findLast((row) => row.getBoundingClientRect().top < this.#log.getBoundingClientRect().bottom);
    if (next) this.#focus(next);
    else if (step > 0 && focused) this.#write();
  }

  #focus(row) {
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  #ready(deed, event) {
    const row = this.#focused;
    if (!row || (event?.key === "Enter" && document.activeElement !== row)) return false;
    return deed === "menu" ? !row.classList.contains("message--deleted") : this.#may(deed, this.#entry(Number(row.dataset.id)));
  }

  #act(deed) {
    const id = Number(this.#focused.dataset.id);
    if (deed === "menu") this.#toolbar.menu(this.#focused);
    else this.run(deed, id);
  }

  /** The keyboard goes back to the message that something was done with. */
  #back(id) {
    const row = this.#node(id), form = editing(row);
    if (form) form.querySelector("textarea").focus({ preventScroll: true });
    else if (row && (document.activeElement === document.body || document.activeElement?.closest("dialog, [popover], .message"))) this.#focus(row);
  }

  #write() { this.#composer.querySelector("textarea").focus({ preventScroll: true }); }

  #entry(id) { return this.#timeline.entries.find((entry) => entry.id === id) ?? null; }
  #node(id) { return document.getElementById(`m${id}`); }
}
