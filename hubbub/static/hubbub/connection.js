// Owns the one socket: opens it, notices when it is dead, comes back with jitter, pairs answers with questions.
// Knows no DOM, no room and no message: frames go in and out. Whoever holds it says wake() and doubt() when the
// browser is online again or the tab is looked at.

const PROTOCOL = "hubbub.v1";
const PING_EVERY = 20_000;          // with the deadline: a half-open socket is noticed within 30 s
const PONG_WITHIN = 10_000;
const DOUBT_WITHIN = 4_000;         // after sleep or a change of network
const WELCOME_WITHIN = 10_000;
const ANSWER_WITHIN = 20_000;
const WAIT_FIRST = 1_000;
const WAIT_MOST = 15_000;
const STEADY_AFTER = 5_000;         // a line that held this long starts its backoff anew
const SPREAD = /\bspread=(\d+(?:\.\d+)?)$/;   // a Goodbye says within how many seconds its crowd should return
const FINAL = new Set([1007, 1009, 4400, 4401, 4402, 4403, 4404, 4429]);
const NEW_IDENTITY = 4501;          // the ticket names somebody whom nobody is any more

/** The server said no; `frame` has the code and the sentence. */
export class Refusal extends Error {
  constructor(frame) { super(frame.message); this.frame = frame; this.code = frame.code; }
}

/** No answer: the line broke or nothing came in time. The command may or may not have been done. */
export class Lost extends Error {}

/** Events: `frame` {frame}, `welcome` {frame}, `lost` {code, reason, final, failures}: attempts since the last line. */
export class Connection extends EventTarget {
  #url; #ticket; #random;
  #socket = null;
  #welcomed = false;
  #questions = new Map();           // ref → {resolve, reject, timer}
  #refs = 0;
  #failures = 0;                    // attempts in a row that led to no steady line: the wait doubles with each
  #refused = 0;                     // attempts in a row that led to no line at all
  #spread = 0;
  #openedAt = 0;
  #timers = new Map();              // name → timeout id
  #wanted = false;

  constructor({ url, ticket, random = Math.random }) {
    super();
    this.#url = url;
    this.#ticket = ticket;
    this.#random = random;
  }

  get open() { return this.#welcomed; }

  start() {
    this.#wanted = true;
    this.#failures = 0;
    if (!this.#socket) this.#connect();
  }

  stop() {
    this.#wanted = false;
    this.#drop(1000, "");
  }

  /** Come back with another ticket (another name, another account). */
  renew(ticket) {
    this.#ticket = ticket;
    this.#drop(1000, "");
    this.#emit("lost", { code: 1000, reason: "", final: false, failures: 0 });
    this.start();
  }

  /** Something says the way is free: try now instead of at the end of the wait. */
  wake() {
    if (!this.#wanted) return;
    if (this.#welcomed) return this.doubt();
    this.#drop(1000, "");               // an attempt that began before may hang for long
    this.#connect();
  }

  /** The line may be dead without a sign of it: it has a few seconds to prove itself. */
  doubt(within = DOUBT_WITHIN) {
    if (this.#welcomed) this.#ping(within);
  }

  /** The browser says the network is gone: believe it, and try as usual (a server on this machine still answers). */
  interrupt() {
    if (this.#socket) this.#lost(1006, "");
  }

  /** Sends without waiting for an answer; false when there is no line. */
  send(command) {
    if (!this.#welcomed) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  /** Sends and gives the answering frame; throws Refusal or Lost. */
  ask(command, within = ANSWER_WITHIN) {
    const ref = String(++this.#refs);
    if (!this.send({ ...command, ref })) return Promise.reject(new Lost("no line"));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#answer(ref, (question) => question.reject(new Lost("no answer"))), within);
      this.#questions.set(ref, { resolve, reject, timer });
    });
  }

  #connect() {
    this.#clear();
    const url = this.#ticket ? `${this.#url}?ticket=${encodeURIComponent(this.#ticket)}` : this.#url;
    const socket = (this.#socket = new WebSocket(url, PROTOCOL));
    const mine = (act) => (event) => { if (socket === this.#socket) act(event); };
    socket.onmessage = mine((event) => this.#heard(event.data));
    socket.onclose = mine((event) => this.#lost(event.code, event.reason));
    this.#after("welcome", WELCOME_WITHIN, () => this.#lost(1006, ""));
  }

  #heard(text) {
    const frame = JSON.parse(text);
    this.#cancel("pong");
    if (frame.type === "welcome") this.#welcome(frame);
    this.#emit("frame", { frame });
    if (frame.ref === undefined || frame.ref === null) return;
    this.#answer(frame.ref, ({ resolve, reject }) => frame.type === "refused" ? reject(new Refusal(frame)) : resolve(frame));
  }

  #welcome(frame) {
    this.#cancel("welcome");
    this.#welcomed = true;
    this.#refused = this.#spread = 0;
    this.#openedAt = Date.now();
    this.#beat();
    this.#emit("welcome", { frame });
  }

  #beat() {
    this.#after("ping", PING_EVERY, () => { this.#ping(PONG_WITHIN); this.#beat(); });
  }

  #ping(within) {
    this.send({ type: "ping" });
    this.#after("pong", within, () => this.#lost(1006, ""));
  }

  #lost(code, reason) {
    const final = FINAL.has(code);
    if (this.#welcomed && Date.now() - this.#openedAt > STEADY_AFTER) this.#failures = 0;
    if (!this.#welcomed) this.#refused++;
    const spread = Number(SPREAD.exec(reason)?.[1] ?? 0);
    this.#drop(code, reason);
    if (final) this.#wanted = false;
    if (code === NEW_IDENTITY) this.#ticket = "";
    this.#emit("lost", { code, reason, final, failures: this.#refused });
    if (this.#wanted && !this.#socket) this.#after("return", this.#wait(spread * 1_000), () => this.#connect());
  }

  /**
   * Full jitter: anywhere between now and a bound that doubles, so that a crowd comes back spread out. The server knows
   * how big the crowd is: the first bound is what it said, and until there is a line again none is lower.
   */
  #wait(spread) {
    if (spread) return this.#random() * (this.#spread = Math.min(WAIT_MOST, spread));
    const bound = Math.min(WAIT_MOST, WAIT_FIRST * 2 ** this.#failures++);
    return this.#random() * Math.max(this.#spread, bound);
  }

  #drop(code, reason) {
    const socket = this.#socket;
    this.#socket = null;
    this.#welcomed = false;
    this.#clear();
    socket?.close();
    for (const ref of [...this.#questions.keys()]) {
      this.#answer(ref, (question) => question.reject(new Lost(reason || `closed ${code}`)));
    }
  }

  #answer(ref, give) {
    const question = this.#questions.get(ref);
    if (!question) return;
    this.#questions.delete(ref);
    clearTimeout(question.timer);
    give(question);
  }

  #after(name, time, act) {
    this.#cancel(name);
    this.#timers.set(name, setTimeout(() => { this.#timers.delete(name); act(); }, time));
  }

  #cancel(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #clear() {
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
  }

  #emit(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })); }
}
