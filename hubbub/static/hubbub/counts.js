// Says to the tally what happens in all your rooms: as many as one socket may join are followed, of the others it is told in
// brief. A number that is missing is asked for, or counted anew by the server. No DOM.

import { Followed } from "hubbub/followed";

const COUNTED = new Set(["joined", "message", "synced", "reset"]);
const SAID = new Set(["message", "change"]);

export class Counts {
  #connection; #tally; #room; #wanted; #isBlocked;
  #followed = new Followed();
  #afar = new Map();                // room → the number up to which it is counted
  #most = 0;

  /** `room` is one that the page joins by itself; of the others at most `wanted` are followed. */
  constructor({ connection, tally, room = "", wanted = Infinity, isBlocked = () => false }) {
    this.#connection = connection;
    this.#tally = tally;
    this.#room = room;
    this.#wanted = wanted;
    this.#isBlocked = isBlocked;
    this.#followed.addEventListener("missed", ({ detail }) => this.#join(detail.room));
  }

  /** The other rooms. */
  get rooms() { return [...this.#followed.rooms, ...this.#afar.keys()]; }

  /** A new line to the server, which has counted the rooms; the page's own was joined first. */
  begin({ epoch, rooms, limits }) {
    const others = rooms.filter(({ room }) => room !== this.#room);
    this.#most = Math.min(this.#wanted, limits.rooms - 1);
    this.#followed.begin(epoch, others.slice(0, this.#most));
    this.#afar = new Map(others.slice(this.#most).map(({ room, seq }) => [room, seq]));
    for (const room of this.#followed.rooms) this.#join(room);
    if (this.#afar.size) this.#connection.send({ type: "brief" });
  }

  /** You are in a room in which you were not. */
  enter({ room, seq }) {
    if (room === this.#room || this.rooms.includes(room)) return;
    if (this.#followed.rooms.length < this.#most) {
      this.#followed.add(room, seq);
      this.#join(room);
    } else {
      this.#afar.set(room, seq);
      this.#connection.send({ type: "brief" });
    }
  }

  /** You are in it no more. */
  leave(room) {
    this.#followed.delete(room);
    this.#afar.delete(room);
  }

  heard(frame) {
    if (COUNTED.has(frame.type)) this.#tally.reached(frame.room, frame.ordinal);
    if (SAID.has(frame.type)) this.#said(frame);
    if (frame.type === "headlines") this.#brief(frame);
    if (frame.type === "read" && this.#afar.has(frame.room)) this.#tally.reached(frame.room, (frame.ordinal ?? 0) + frame.unread);
    this.#followed.receive(frame);
  }

  /** The server says anew what calls you, with where you have read to, at least `seq`; 0 moves nothing. */
  ask(room, seq = 0) { this.#connection.send({ type: "read", room, seq }); }

  /** Whom you block is another: what calls you is counted anew in the page's own room, read up to `seq`, and wherever
   * something is unread. */
  recount(seq = 0) {
    const unread = this.rooms.filter((room) => this.#tally.unread(room));
    for (const room of this.#room ? [this.#room, ...unread] : unread) {
      this.#tally.forget(room);
      this.ask(room, room === this.#room ? seq : 0);
    }
  }

  #join(room) { this.#connection.send(this.#followed.join(room)); }

  #said(message) { if (!this.#isBlocked(message.author.id)) this.#tally.said(message); }

  #brief({ room, since, seq, ordinal, said = [] }) {
    const cursor = this.#afar.get(room);
    if (cursor === undefined || seq <= cursor) return;
    this.#afar.set(room, seq);
    this.#tally.reached(room, ordinal);
    if (since > cursor) return this.ask(room);
    for (const { author, ...message } of said) {
      if (message.changed <= cursor) continue;
      this.#said({ ...message, type: message.changed === message.seq ? "message" : "change", room, author: { id: author } });
    }
  }
}
