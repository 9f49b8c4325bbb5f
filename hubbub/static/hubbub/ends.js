// Says when something that a page shows is over: `time` elements with data-ends name the moments. Knows no socket.

const LONGEST = 3_600_000;          // ms that a timer is set for: clocks are put right, and what ends may be weeks away
const AFTER = 50;                   // the server is asked when it is over, not when it is about to be
const LATE = 1_000, LATEST = 60_000; // this clock goes before the server's, which shows it still

export class Ends {
  #root; #over;
  #timer = null;
  #asked = 0;                       // times in a row that the server showed what is over here

  /** `over` is called when one of the moments in `root` has come. */
  constructor(root, over) {
    this.#root = root;
    this.#over = over;
    this.look();
  }

  /** What the page shows is another. */
  look() {
    clearTimeout(this.#timer);
    const moments = [...this.#root.querySelectorAll("time[data-ends]")].map(({ dateTime }) => Date.parse(dateTime));
    if (!moments.length) return;
    const left = Math.min(...moments) - Date.now();
    this.#asked = left > 0 ? 0 : this.#asked + 1;
    const wait = left > 0 ? Math.min(LONGEST, left + AFTER) : Math.min(LATEST, LATE * 2 ** this.#asked);
    this.#timer = setTimeout(() => (left > LONGEST ? this.look() : this.#over()), wait);
  }
}
