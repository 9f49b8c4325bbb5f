// Keeps a page that the server renders true while it is open: a socket hears that something is another, the page is asked
// for again, and what differs is put in its place. Its forms are sent without leaving it. Without scripts, and without a
// line, it is the plain page that it is.

import { Connection, Refusal } from "hubbub/connection";
import { say, tell } from "hubbub/elements/note";
import { morph } from "hubbub/morph";
import { tellTimes } from "hubbub/times";

const MOVES = new Set(["listed", "room", "member", "entered", "gone", "attention", "blocks", "told"]);
const PARTS = ["[data-follow]", ".header__title", ".sidebar ul.rooms", ".rooms__link--called"];
const GATHER = 100;                 // ms: what comes together is one question
const BY_ITSELF = 60_000;           // who is here and how long ago is no event

/** `root` has data-socket, data-ticket, and data-room of the room that the page is about; without one it lists rooms. */
export function follow(root) {
  const { socket, ticket, room } = root.dataset;
  const connection = new Connection({ url: address(socket), ticket });
  const page = new Page(root);
  let lines = 0;
  connection.addEventListener("welcome", () => {
    if (room) connection.ask({ type: "join", room, here: false }).catch((error) => { if (error instanceof Refusal) page.soon(); });
    else connection.send({ type: "list" });
    if (lines++) page.soon();                                        // what happened meanwhile
  });
  connection.addEventListener("frame", ({ detail: { frame } }) => { if (MOVES.has(frame.type) || isNew(frame, root)) page.soon(); });
  addEventListener("online", () => connection.wake());
  addEventListener("offline", () => connection.interrupt());
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { connection.wake(); page.soon(); } });
  setInterval(() => { if (document.visibilityState === "visible") page.soon(); }, BY_ITSELF);
  connection.start();
}

/** Whoever speaks is in the room from then on. */
function isNew({ type, room, author }, root) {
  return type === "message" && room === root.dataset.room && !root.querySelector(`[data-key="${author.id}"]`);
}

class Page {
  #root;
  #touched = new WeakSet();         // fields that somebody changed and did not send
  #timer = null;
  #asking = null;

  constructor(root) {
    this.#root = root;
    root.addEventListener("input", ({ target }) => this.#touched.add(target));
    root.addEventListener("submit", (event) => this.#submitted(event));
  }

  /** It may be another: ask, once for what comes together. */
  soon() { this.#timer ??= setTimeout(() => { this.#timer = null; this.renew(); }, GATHER); }

  /** Asks for the page again, one question after the other. */
  renew() {
    this.#asking = (this.#asking ?? Promise.resolve()).then(() => this.#renew()).catch(() => {});    // without a line it stays as it is
    return this.#asking;
  }

  async #renew() {
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
    document.title = fresh.title;
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
