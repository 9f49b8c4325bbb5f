// Owns where in a scrolling view the reader is: what is read stays where it is while the content around it changes,
// and the end is followed while the end is what is read. Knows rows and numbers, not messages.

const NEAR = 48;                    // px from the end that still count as the end

export class Place {
  #view; #rows; #moved; #follows;
  #atEnd = true;
  #kept = null;                     // what to restore in the next frame: {from, end} or {from, row, top}
  #height = 0;

  /**
   * `rows` gives the elements that may be held on to, in their order; `moved` is called when the reader moves; `follows`
   * says whether more may come after the last row by itself, so that the end is to be followed.
   */
  constructor(view, { rows, moved, follows = () => true }) {
    this.#view = view;
    this.#rows = rows;
    this.#moved = moved;
    this.#follows = follows;
    view.addEventListener("scroll", () => this.#look(), { passive: true });
    new ResizeObserver(() => this.#resized()).observe(view);
  }

  get atEnd() { return this.#atEnd; }
  get fromTop() { return this.#view.scrollTop; }
  get fromEnd() { return this.#view.scrollHeight - this.#view.scrollTop - this.#view.clientHeight; }

  /** The row that is read, the first one in view, and how far below the view's top it stands. */
  get reading() {
    const { row, top } = this.#hold();
    return row ? { row, top: top - this.#top } : null;
  }

  /**
   * Changes the content without moving what is being read; many changes in one frame are measured once. A change that
   * `shrinks` it may leave the view beyond its end: that the browser moves it then is nothing that the reader did, even
   * when so much comes in the same frame that it does not stand at the end any more.
   */
  keep(change, { follow = true, shrinks = false } = {}) {
    if (!this.#kept) {
      this.#kept = { from: this.#view.scrollTop, ...(this.#atEnd && follow ? { end: true } : this.#hold()) };
      requestAnimationFrame(() => this.#restore());
    }
    const before = shrinks ? this.#view.scrollTop : 0;
    change();
    if (shrinks && this.#kept.from !== undefined) this.#kept.from += this.#view.scrollTop - before;
  }

  toEnd() {
    this.#kept &&= { end: true };
    this.#atEnd = this.#follows();
    this.#view.scrollTop = this.#view.scrollHeight;
    this.#moved();
  }

  to(row, block = "start") {
    this.#kept &&= {};
    row.scrollIntoView({ block });
    this.#look();
  }

  /** Puts a row so far below the view's top. */
  put(row, top) {
    this.#kept &&= {};
    this.#view.scrollTop += row.getBoundingClientRect().top - this.#top - top;
    this.#look();
  }

  get #top() { return this.#view.getBoundingClientRect().top; }

  /** Rows stand one below the other: the first that ends below the view's top is found by halves. */
  #hold() {
    const rows = this.#rows(), edge = this.#top;
    let low = 0, high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (rows[middle].getBoundingClientRect().bottom > edge) high = middle; else low = middle + 1;
    }
    const row = rows[low];
    return row ? { row, top: row.getBoundingClientRect().top } : {};
  }

  #restore() {
    const { from, end, row, top } = this.#kept ?? {};
    this.#kept = null;
    const gone = this.#went(from);
    if (end && gone > -NEAR) this.#view.scrollTop = this.#view.scrollHeight;
    else if (row?.isConnected) this.#shift(row.getBoundingClientRect().top - top + gone);
    this.#look();
  }

  /**
   * How far the reader went since, in px downwards: theirs to keep, whatever changed in the same frame. A view that stands
   * at its very end did not go up, it has become too short.
   */
  #went(from = this.#view.scrollTop) {
    const gone = this.#view.scrollTop - from;
    return gone < 0 && this.fromEnd <= 1 ? 0 : gone;
  }

  /** A view that is told to stay where it is stops where it glides. */
  #shift(by) {
    if (Math.abs(by) >= 1) this.#view.scrollTop += by;
  }

  #resized() {
    const height = this.#view.clientHeight;
    if (height !== this.#height && this.#atEnd) this.#view.scrollTop = this.#view.scrollHeight;
    this.#height = height;
    if (!this.#kept) this.#look();
  }

  #look() {
    if (this.#kept) return;
    this.#atEnd = this.fromEnd < NEAR && this.#follows();
    this.#moved();
  }
}
