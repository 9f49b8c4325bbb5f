// Who of the people that a page shows is here now: in one of the rooms that whoever looks is in, as the socket tells of each.
// What the server rendered holds until it has. Shows it by elements with data-here, the id of somebody. Knows no socket.

export class Here {
  #root;
  #rooms = new Map();               // room → ids of who is in it; of a large room nobody is told

  constructor(root) { this.#root = root; }

  /** A new line tells of each room anew. */
  forget() { this.#rooms.clear(); }

  heard({ room, people = [] }) {
    this.#rooms.set(room, new Set(people.map(({ id }) => id)));
    this.show();
  }

  show() {
    if (!this.#rooms.size) return;
    const rooms = [...this.#rooms.values()];
    for (const sign of this.#root.querySelectorAll("[data-here]")) sign.hidden = !rooms.some((ids) => ids.has(sign.dataset.here));
  }
}
