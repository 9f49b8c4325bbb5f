// Keeps a page that the server renders true while it is open: a socket hears that something is another, the page is asked
// for again, and what differs is put in its place. Its forms are sent without leaving it. Without scripts, and without a
// line, it is the plain page that it is.

import { become } from "hubbub/become";
import { Connection, Refusal } from "hubbub/connection";
import { say, tell } from "hubbub/elements/note";
import { Ends } from "hubbub/ends";
import { Here } from "hubbub/here";
import { morph } from "hubbub/morph";
import { Sidebar } from "hubbub/sidebar";
import { tellTimes } from "hubbub/times";

const MOVES = new Set(["listed", "room", "member", "entered", "gone", "attention", "blocks", "told"]);
const PARTS = ["[data-follow]", ".header__title", ".sidebar ul.rooms", ".rooms__link--called"];
const GATHER = 100;                 // ms: what comes together is one question
const REST = 1_000;                 // between two questions, however much moves
const BY_ITSELF = 60_000;           // how long ago is no event, and hints may be lost

/**
 * `root` has data-socket, data-ticket, data-you and data-guest, and what the page is about: data-room, that room; data-list, a list; data-own, all
 * rooms of who looks; data-newcomers, who speaks there; data-calls, what calls whoever looks;
 * data-acts, what is done there, for a moderator.
 */
export function follow(root) {
  const { socket, ticket, room, list } = root.dataset;
  const own = "own" in root.dataset;
  const connection = new Connection({ url: address(socket), ticket });
  const here = new Here(root), sidebar = new Sidebar({ connection, wanted: own ? Infinity : 0 });
  const page = new Page(root, (title) => { here.show(); sidebar.renewed(title); ends.look(); watch(); });
  const ends = new Ends(root, () => page.soon());
  const moves = movesOf(root);
  let lines = 0, you = "", watched = false;
  const watch = () => { if (!watched && room && "acts" in root.dataset) watched = connection.send({ type: "list", of: "acts", room }); };   // perhaps since a moment ago
  connection.addEventListener("welcome", ({ detail: { frame } }) => {
    if (become({ id: root.dataset.you, guest: "guest" in root.dataset }, frame.you)) return;
    you = frame.you.id;
    here.forget();
    const since = frame.rooms.find((view) => view.room === room)?.seq;
    if (room) connection.ask({ type: "join", room, since, epoch: frame.epoch, here: false }).catch((error) => { if (error instanceof Refusal) page.soon(); });
    sidebar.begin(frame, room);
    if (list) connection.send({ type: "list", of: list });
    watched = false;
    watch();
    if (lines++) page.soon();                                        // what happened meanwhile
  });
  connection.addEventListener("frame", ({ detail: { frame } }) => {
    if (frame.type === "here") here.heard(frame);
    if (frame.type === "gone") here.heard({ room: frame.room, people: [] });
    if (you) sidebar.heard(frame);
    if (MOVES.has(frame.type) || moves(frame, you)) page.soon();
  });
  connection.addEventListener("lost", ({ detail: { final } }) => { if (final) page.soon(); });
  addEventListener("online", () => connection.wake());
  addEventListener("offline", () => connection.interrupt());
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { connection.wake(); page.soon(); } });
  setInterval(() => { if (document.visibilityState === "visible") page.soon(); }, BY_ITSELF);
  connection.start();
}

/** Whether a frame may make this page another, besides those that may make any. */
function movesOf(root) {
  const shown = (key) => root.querySelector(`[data-key="${key}"]`);
  if ("calls" in root.dataset) {
    const concerns = ({ id, mentions = [] }, you) => Boolean(id && shown(`m${id}`)) || mentions.some((one) => one === you || one === "@room");
    return (frame, you) => frame.type === "read" || frame.type === "called" || (frame.said ?? [frame]).some((message) => concerns(message, you));
  }
  if (!("newcomers" in root.dataset)) return ({ type, deleted }) => type === "change" && Boolean(deleted);        // which may stand in the log of acts
  const met = new Set();            // whoever speaks is in the room from then on; they are looked for once
  return ({ type, author }) => type === "message" && !met.has(author.id) && Boolean(met.add(author.id)) && !shown(author.id);
}

class Page {
  #root;
  #touched = new WeakSet();         // fields that somebody changed and did not send
  #timer = null;
  #asking = null;
  #askedAt = -Infinity;
  #renewed;

  /** `renewed` is called with the page's title when what differs is in its place. */
  constructor(root, renewed = () => {}) {
    this.#root = root;
    this.#renewed = renewed;
    root.addEventListener("input", ({ target }) => this.#touched.add(target));
    root.addEventListener("submit", (event) => this.#submitted(event));
  }

  /** It may be another: ask, once for what comes together. */
  soon() {
    const rest = this.#askedAt + REST - performance.now();
    this.#timer ??= setTimeout(() => { this.#timer = null; this.renew(); }, Math.max(GATHER, rest));
  }

  /** Asks for the page again, one question after the other. */
  renew() {
    this.#asking = (this.#asking ?? Promise.resolve()).then(() => this.#renew()).catch(() => {});    // without a line it stays as it is
    return this.#asking;
  }

  async #renew() {
    this.#askedAt = performance.now();
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (response.status === 404 || response.redirected) return location.reload();
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    tellTimes(fresh);
    this.#put(fresh);
  }

  #put(fresh) {
    const section = document.activeElement?.closest("section");
    const isKept = (node) => node.matches("input[name=csrfmiddlewaretoken]") || this.#touched.has(node) || (node === document.activeElement && node.matches("input, select, textarea"));
    for (const part of PARTS) {
      const [old, now] = [document.querySelector(part), fresh.querySelector(part)];
      if (old && now) morph(old, now, isKept);
    }
    this.#renewed(fresh.title);
    const { url } = this.#root.dataset;
    if (url && new URL(url, location.href).pathname !== location.pathname) history.replaceState(null, "", url + location.search);
    if (document.activeElement === document.body) this.#back(section);
  }

  /** What had the keyboard is gone: it goes to the head of what it stood in. */
  #back(section) {
    const head = section?.isConnected && section.querySelector("h2");
    if (!head) return;
    head.tabIndex = -1;
    head.focus({ preventScroll: true });
  }

  // Its forms

  async #submitted(event) {
    const { target: form, submitter } = event;
    if (form.method !== "post" || event.defaultPrevented) return;
    event.preventDefault();
    const answer = await this.#send(form, submitter);
    if (answer.url) return location.assign(answer.url);
    if (answer.message) return tell(answer.message);
    if (answer.lost) return say("offline");
    for (const field of form.elements) this.#touched.delete(field);
    form.querySelector("hubbub-whom")?.clear();
    this.#fold(form.closest("details"));
    say("saved");
    await this.renew();
  }

  /** What was opened to do it closes again, and has the keyboard. */
  #fold(details) {
    if (!details) return;
    details.open = false;
    details.querySelector("summary").focus({ preventScroll: true });
  }

  async #send(form, submitter) {
    const body = new FormData(form, submitter);
    const headers = { Accept: "application/json", "X-CSRFToken": body.get("csrfmiddlewaretoken") ?? "" };
    try {
      const response = await fetch(form.getAttribute("action"), { method: "POST", body, headers });
      return response.status === 404 ? { url: location.href } : await response.json();
    } catch {
      return { lost: true };
    }
  }
}

function address(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
