// Owns what a reader does besides looking: how far they have read is told and heard, pages are fetched, links into the
// log are followed in place. Knows the timeline, the connection, the tally and the log's events; no node of the page.

import { Pages } from "hubbub/pages";

const READ_EVERY = 500;             // so that another window knows within a second
const ASK_AGAIN = 5_000;

export class Reading {
  #room; #url; #timeline; #connection; #tally; #log; #pages;
  #seen; #told;
  #back = null;                     // from which message on everything is to be unread, while there is no line
  #errand = 0;
  #asking = false;
  #report = throttled(() => this.tell(), READ_EVERY);

  constructor({ page: { room, url, read = 0 }, timeline, connection, tally, log }) {
    this.#room = room;
    this.#url = new URL(url, location.href);
    this.#timeline = timeline;
    this.#connection = connection;
    this.#tally = tally;
    this.#log = log;
    this.#seen = this.#told = read;
    this.#pages = new Pages({ timeline, connection });
    log.addEventListener("seen", ({ detail }) => this.#saw(detail.seq));
    log.addEventListener("page", ({ detail }) => this.#fetch(() => this.#pages[detail.way]()));
    log.addEventListener("away", ({ detail }) => this.#fetch(() => this.#pages.away(detail)));
    addEventListener("pagehide", () => this.tell());
    addEventListener("popstate", (event) => this.#return(event.state));
  }

  /** The number up to which this person has read. */
  get seen() { return this.#seen; }

  /** Tells the server how far this person has read, if it does not know. */
  tell() {
    if (this.#seen > this.#told && this.#send({ type: "read", room: this.#room, seq: this.#seen })) this.#told = this.#seen;
  }

  /** The room is in step again: what could not be told or fetched is, now. */
  resume() {
    if (this.#back !== null) this.unreadFrom(this.#back);
    this.tell();
    if (!this.#asking) this.#log.loaded();
  }

  /** The room's numbers end at `seq`: since a restore that may be less than what was read. */
  restart(seq) { this.#seen = this.#told = Math.min(this.#seen, seq); }

  /** How far was read, here or in another window. */
  heard({ room, seq, ordinal = 0, back = false, head, mentions }) {
    this.#tally.read(room, ordinal, { back, head, mentions });
    if (room !== this.#room) return;
    this.#seen = back ? seq : Math.max(this.#seen, seq);       // what was seen since is still to be told
    this.#told = back ? seq : Math.max(this.#told, seq);
    this.#log.readUpTo(seq, { back, unread: this.#tally.unread(room) });
  }

  /** This message and all after it are to be read once more. */
  unreadFrom(seq) {
    this.#seen = this.#told = seq - 1;
    this.#log.readUpTo(seq - 1, { back: true });                         // how many that are, the server says
    this.#back = this.#send({ type: "unread", room: this.#room, seq }) ? null : seq;
  }

  /** Everything everywhere is read; false when there is no line to say so. */
  readAll() { return this.#send({ type: "read_all" }); }

  // Places with an address

  /** Goes where a link into this room's log leads, without another page; false when it leads elsewhere. */
  follow(href) {
    const seq = this.#seqOf(href);
    if (!seq) return false;
    history.replaceState({ ...history.state, place: this.#log.place }, "");
    history.pushState(null, "", href);
    this.#log.toMessage(seq);
    return true;
  }

  /** To the present: that is where the room's own address leads. */
  toEnd() {
    if (location.pathname !== this.#url.pathname) history.pushState(null, "", this.#url);
    this.#log.toEnd();
  }

  #return(state) {
    const seq = this.#seqOf(location.href);
    if (state?.place?.seq) this.#log.toPlace(state.place);
    else if (seq) this.#log.toMessage(seq);
    else this.#log.toEnd();
  }

  /** The number of the message that an address in this room names; 0 for another address. */
  #seqOf(href) {
    const { origin, pathname } = new URL(href, location.href);
    const here = origin === this.#url.origin && pathname.startsWith(this.#url.pathname);
    return here ? Number(/^(\d+)\/$/.exec(pathname.slice(this.#url.pathname.length))?.[1] ?? 0) : 0;
  }

  #saw(seq) {
    this.#seen = seq;
    this.#tally.read(this.#room);
    this.#report();
  }

  /** Only the last errand says that it is done: the ones before are of no use any more. */
  async #fetch(act) {
    const errand = ++this.#errand;
    this.#asking = true;
    let done = true;
    try {
      await act();
    } catch {
      done = false;
    }
    if (errand !== this.#errand) return;
    this.#asking = false;
    if (done) this.#log.loaded();
    else if (this.#connection.open) setTimeout(() => this.#log.loaded(), ASK_AGAIN);     // without a line: when it is back
  }

  #send(command) { return this.#connection.send(command); }
}

function throttled(act, every) {
  let timer, at = -Infinity;
  const go = () => { timer = undefined; at = Date.now(); act(); };
  return () => { timer ??= setTimeout(go, Math.max(0, at + every - Date.now())); };
}
