// Owns where the reader is in a scrolling element: at the end stays at the end, in the middle stays at what is read.
// Knows scroll positions, not messages.

const NEAR = 48;                    // px from the end that still count as the end

export class Place {
  #view; #rows; #moved;
  #atEnd = true;
  #kept = null;                     // what to restore in the next frame
  #height = 0;

  /** `rows` gives the elements that may be held on to, `moved` is called when the end is reached or left. */
  constructor(view, rows, moved) {
    this.#view = view;
    this.#rows = rows;
    this.#moved = moved;
    view.addEventListener("scroll", () => this.#look(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(view);
  }

  get atEnd() { return this.#atEnd; }
  get fromTop() { return this.#view.scrollTop; }

  /** Changes the content without moving what is being read; many changes in one frame are measured once. */
  keep(change) {
    if (!this.#kept) {
      this.#kept = this.#atEnd ? { end: true } : this.#hold();
      requestAnimationFrame(() => this.#restore());
    }
    change();
  }

  toEnd() {
    this.#atEnd = true;
    if (this.#kept) this.#kept = { end: true };
    this.#view.scrollTop = this.#view.scrollHeight;
    this.#moved();
  }

  to(row, block = "start") {
    row.scrollIntoView({ block });
    this.#look();
  }

  /** Forgets what was kept, because everything was replaced. */
  replace(change) {
    change();
    this.toEnd();
  }

  #hold() {
    const edge = this.#view.getBoundingClientRect().top;
    for (const row of this.#rows()) {
      const { top, bottom } = row.getBoundingClientRect();
      if (bottom > edge) return { row, top };
    }
    return {};
  }

  #restore() {
    const { end, row, top } = this.#kept ?? {};
    this.#kept = null;
    if (end) this.#view.scrollTop = this.#view.scrollHeight;
    else if (row?.isConnected) this.#view.scrollTop += row.getBoundingClientRect().top - top;
    this.#look();
  }

  #resized() {
    const height = this.#view.clientHeight;
    if (height !== this.#height && this.#atEnd) this.#view.scrollTop = this.#view.scrollHeight;
    this.#height = height;
    if (!this.#kept) this.#look();
  }

  #look() {
    if (this.#kept) return;
    const { scrollTop, scrollHeight, clientHeight } = this.#view;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#moved();
  }
}
