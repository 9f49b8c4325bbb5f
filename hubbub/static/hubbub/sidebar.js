// Keeps the counts beside a page without a log, and those of its title and icon, the same as in every other window.

import { Counts } from "hubbub/counts";
import { Sign } from "hubbub/elements/sign";
import "hubbub/elements/rooms";
import { Tally } from "hubbub/tally";

export class Sidebar {
  #connection; #wanted;
  #rooms = document.querySelector("hubbub-rooms");
  #sign = new Sign();
  #tally = null;                    // nothing is counted before the server has said who looks
  #counts = null;
  #blocked = new Set();

  /** Of the rooms `wanted` are followed at most, of the others it is told in brief. */
  constructor({ connection, wanted }) {
    this.#connection = connection;
    this.#wanted = wanted;
  }

  /** A new line; the page joins `room` by itself. */
  begin(frame, room) {
    this.#blocked = new Set(frame.blocked);
    this.#tally = new Tally({ you: frame.you.id });
    this.#counts = new Counts({ connection: this.#connection, tally: this.#tally, room, wanted: this.#wanted, isBlocked: (id) => this.#blocked.has(id) });
    for (const view of frame.rooms) this.#tally.set(view.room, view);
    this.#tally.addEventListener("change", ({ detail }) => this.#show(detail.room));
    this.show();
    this.#counts.begin(frame);
  }

  heard(frame) {
    this.#counts.heard(frame);
    switch (frame.type) {
      case "reset": this.#tally.restart(frame.room, frame.ordinal); return this.#counts.ask(frame.room);
      case "read": return this.#tally.read(frame.room, frame.ordinal ?? 0, frame);
      case "attention": return this.#tally.attend(frame.room, frame);
      case "blocks":
        this.#blocked = new Set(frame.blocked);
        return this.#counts.recount();
      case "entered":
        this.#tally.set(frame.room, frame.view);
        return this.#counts.enter(frame.view);
      case "gone":
        this.#counts.leave(frame.room);
        return this.#tally.set(frame.room, { ordinal: 0 });
    }
  }

  /** The page was put there anew, perhaps with another title. */
  renewed(title) {
    this.#sign.title(title);
    this.show();
  }

  show() { if (this.#tally) for (const room of this.#rooms?.keys ?? []) this.#show(room); }

  #show(room) {
    this.#rooms?.count(room, { unread: this.#tally.loud(room), mentions: this.#tally.mentions(room) });
    this.#rooms?.called(this.#tally.calls);
    this.#sign.show(this.#tally.total, this.#tally.calls);
  }
}
