// Plays an event log that worlds.py wrote to a Timeline, as chat.js would, and looks at the log after each step.
// Gives {trouble, held, present, view, fresh, pending}: what went wrong on the way, what is held in the end and whether
// that reaches the present, what is held with all older and newer pages, what a fresh page holds with them, and what
// still waits to be stored.

const shown = ({ id, seq, author, message, nonce, deleted, reply_to, reactions }) => [
  id, seq, author.name, message, nonce, deleted,
  reply_to && [reply_to.message, reply_to.author.name, Boolean(reply_to.deleted)],
  reactions.map(({ emoji, count, people }) => [emoji, count, people.map(({ name }) => name)]),
];

/** The page of history that a server with these messages answers a command with. */
function pageOf(messages, { before, after, around, limit }) {
  let start, end;
  if (after !== undefined) {
    start = messages.filter(({ seq }) => seq <= after).length;
    end = start + limit;
  } else if (around !== undefined) {
    start = Math.max(0, messages.filter(({ seq }) => seq < around).length - (limit >> 1));
    end = start + limit;
  } else {
    end = before === undefined ? messages.length : messages.filter(({ seq }) => seq < before).length;
    start = Math.max(0, end - limit);
  }
  return { messages: structuredClone(messages.slice(start, end)), more: start > 0, newer: end < messages.length };
}

function allOf(timeline, messages) {
  for (const [asks, missing] of [["askOlder", () => timeline.more], ["askNewer", () => !timeline.present]]) {
    for (let pages = 0; missing() && pages < 100; pages++) {
      const asked = timeline[asks](3);
      timeline.turn(asked, pageOf(messages, asked));
    }
  }
  return timeline.entries.map(shown);
}

class Reader {
  trouble = [];
  #timeline;
  #asked = null;                    // the join on its way
  #pages = [];                      // pages of history on their way: {asked, answer}
  #seen = [];                       // ids in the order that the events told
  #beyond = new Set();              // ids that were told as beyond
  #step = "start";

  constructor(Timeline, { room, start }) {
    this.#timeline = new Timeline({ room, ...structuredClone(start) });
    this.#seen = this.#timeline.entries.map(({ id }) => id);
    this.#timeline.addEventListener("gap", () => { this.#asked = this.#timeline.join; });
    this.#timeline.addEventListener("change", ({ detail }) => this.#told(detail));
  }

  play(step, number) {
    this.#step = `${number} ${step.do}`;
    this.#take(step);
    this.#look();
  }

  finish({ messages, page, seq }, Timeline, { room, epoch }) {
    this.#look();
    const held = this.#timeline.entries.map(shown);
    const { present } = this.#timeline;
    const view = allOf(this.#timeline, messages);
    this.#look();
    const fresh = allOf(new Timeline({ room, cursor: seq, epoch, ...structuredClone(page) }), messages);
    if (!this.#timeline.live) this.#say("not live in the end");
    if (this.#timeline.cursor !== seq) this.#say(`cursor ${this.#timeline.cursor}, not ${seq}`);
    return { trouble: this.trouble, held, present, view, fresh, pending: this.#timeline.pending.map(({ nonce }) => nonce) };
  }

  #take(step) {
    const timeline = this.#timeline;
    switch (step.do) {
      case "frame": return timeline.receive(structuredClone(step.frame));
      case "hold": return timeline.hold(step.nonce, step.message);
      case "sending": return timeline.sending(step.nonce);
      case "trim": return timeline.trim(step.most);
      case "trim newest": return timeline.trimNewest(step.most);
      case "ask": this.#asked = timeline.join; return;
      case "admit": return this.#admit(step);
      case "ask page": return this.#askPage(step);
      case "read page": return this.#readPage(step);
      case "bring page": return this.#bringPage();
      case "disconnect":
        this.#asked = null;
        this.#pages = [];
        return timeline.disconnected();
    }
  }

  #admit({ documents, reset, most, cut }) {
    if (!this.#asked) return;
    const { since, epoch } = this.#asked;
    const { room, seq, ordinal } = reset;
    const missing = documents.filter(({ changed }) => changed > since);
    this.#asked = null;
    this.#timeline.receive({ type: "joined", room, seq, ordinal });
    if (epoch !== reset.epoch || since > seq || missing.length > most) {
      if (cut === null) this.#timeline.receive(structuredClone(reset));
      return;
    }
    for (const document of missing.slice(0, cut ?? most)) this.#timeline.receive(structuredClone(document));
    if (cut === null) this.#timeline.receive({ type: "synced", room, seq, ordinal });
  }

  /** One page may be asked for while another is on its way: the later one counts. */
  #askPage({ way, number, limit }) {
    const timeline = this.#timeline;
    const ask = {
      older: () => timeline.more && timeline.askOlder(limit),
      newer: () => !timeline.present && timeline.askNewer(limit),
      around: () => timeline.askAway({ around: 1 + number * 3 }, limit),
      newest: () => timeline.askAway({}, limit),
    };
    const asked = ask[way]();
    if (asked) this.#pages.push({ asked });
  }

  #readPage({ messages }) {
    const page = this.#pages.find(({ answer }) => !answer);
    if (page) page.answer = pageOf(messages, page.asked);
  }

  #bringPage() {
    if (!this.#pages[0]?.answer) return;
    const { asked, answer } = this.#pages.shift();
    this.#timeline.turn(asked, answer);
  }

  /** Holds on to the order that the events tell, as the log's nodes do. */
  #told({ kind, entry, next, entries, nonce }) {
    switch (kind) {
      case "insert": this.#seen.splice(next ? this.#seen.indexOf(next.id) : this.#seen.length, 0, entry.id); return;
      case "prepend": this.#seen.unshift(...entries.map(({ id }) => id)); return;
      case "append": this.#seen.push(...entries.map(({ id }) => id)); return;
      case "jump": this.#seen = entries.map(({ id }) => id); return;
      case "beyond":
        if (this.#beyond.has(entry.id) || this.#seen.includes(entry.id)) this.#say(`${entry.id} is beyond, and was told before`);
        this.#beyond.add(entry.id);
        return;
      case "trim": this.#seen = this.#seen.filter((id) => !entries.some((gone) => gone.id === id)); return;
      case "reset":
        this.#seen = this.#timeline.entries.map(({ id }) => id);
        this.#beyond.clear();
    }
  }

  #look() {
    const { entries, pending, live } = this.#timeline;
    const ids = entries.map(({ id }) => id);
    const nonces = entries.map(({ nonce }) => nonce).filter(Boolean);
    if (new Set(ids).size < ids.length) this.#say(`twice: ${ids}`);
    if (new Set(nonces).size < nonces.length) this.#say(`one nonce twice: ${nonces}`);
    if (entries.some(({ seq }, place) => place && seq <= entries[place - 1].seq)) this.#say(`out of order: ${ids}`);
    if (live && entries.some(({ ordinal }, place) => place && ordinal !== entries[place - 1].ordinal + 1)) this.#say(`a hole: ${ids}`);
    if (pending.some(({ nonce }) => nonces.includes(nonce))) this.#say(`stored and waiting: ${nonces}`);
    if (String(ids) !== String(this.#seen)) this.#say(`the events told ${this.#seen}, held is ${ids}`);
  }

  #say(what) { this.trouble.push(`${this.#step}: ${what}`); }
}

export function follow(Timeline, script) {
  const reader = new Reader(Timeline, script);
  const last = script.steps.at(-1);
  script.steps.slice(0, -1).forEach((step, number) => reader.play(step, number));
  return reader.finish(last, Timeline, script);
}

// Faults that a timeline could have: each must be found.
export const PLANTED = {
  loses: (Timeline) => class extends Timeline {
    receive(frame) {
      const lost = frame.type === "message" && frame.changed % 5 === 0;
      super.receive(lost ? { type: "member", room: frame.room, changed: frame.changed, person: { id: "nobody" } } : frame);
    }
  },
  doubles: (Timeline) => class extends Timeline {
    get entries() { return super.entries.flatMap((entry) => entry.changed % 5 === 0 ? [entry, entry] : [entry]); }
  },
  swaps: (Timeline) => class extends Timeline {
    get entries() {
      const [last, before, ...rest] = super.entries.reverse();
      return before && last.changed % 5 === 0 ? [...rest.reverse(), last, before] : super.entries;
    }
  },
  "forgets edits": (Timeline) => class extends Timeline {
    receive(frame) { super.receive(frame.type === "change" ? { type: "member", room: frame.room, changed: frame.changed, person: { id: "nobody" } } : frame); }
  },
  "forgets quotes": (Timeline) => class extends Timeline {
    #quotes = new Map();
    get entries() {
      for (const { id, reply_to } of super.entries) if (reply_to && !this.#quotes.has(id)) this.#quotes.set(id, structuredClone(reply_to));
      return super.entries.map((entry) => ({ ...entry, reply_to: entry.reply_to && this.#quotes.get(entry.id) }));
    }
  },
  "forgets names": (Timeline) => class extends Timeline {
    receive(frame) { super.receive(frame.type === "member" ? { ...frame, person: { id: "nobody" } } : frame); }
  },
  "believes any number": (Timeline) => class extends Timeline {
    receive(frame) { super.receive(frame.changed > this.cursor ? { ...frame, changed: this.cursor + 1 } : frame); }
  },
  "takes any page for the last": (Timeline) => class extends Timeline {
    turn(asked, page) { return super.turn(asked, { ...page, newer: false }); }
  },
  "mixes up pages": (Timeline) => class extends Timeline {
    #latest;
    askOlder(limit) { return (this.#latest = super.askOlder(limit)); }
    askNewer(limit) { return (this.#latest = super.askNewer(limit)); }
    askAway(where, limit) { return (this.#latest = super.askAway(where, limit)); }
    turn(asked, page) { return super.turn(this.#latest, page); }
  },
  "forgets what passes by": (Timeline) => class extends Timeline {
    #waiting = false;
    askNewer(limit) { this.#waiting = true; return super.askNewer(limit); }
    askAway(where, limit) { this.#waiting = true; return super.askAway(where, limit); }
    turn(asked, page) { this.#waiting = false; return super.turn(asked, page); }
    disconnected() { this.#waiting = false; super.disconnected(); }
    receive(frame) {
      const document = frame.type === "message" || frame.type === "change";
      super.receive(this.#waiting && document ? { type: "member", room: frame.room, changed: frame.changed, person: { id: "nobody" } } : frame);
    }
  },
  "keeps what is stored pending": (Timeline) => class extends Timeline {
    #held = [];
    hold(nonce, message) { this.#held.push({ nonce, message }); super.hold(nonce, message); }
    get pending() { return this.#held; }
  },
};
