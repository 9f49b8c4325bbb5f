// The pill over the log: how many came while the reader was further up, or simply the way back down.
// Knows only its numbers; `click` is all it says.

const FAR = 400;                    // px from the end before the way back is offered

export class Pill {
  #button; #text;

  constructor(button) {
    this.#button = button;
    this.#text = button.querySelector(".pill__text");
  }

  show({ count, atEnd, far }, fromEnd) {
    this.#button.toggleAttribute("hidden", atEnd || (!count && !far && fromEnd < FAR));
    const { new: fresh, end } = this.#button.dataset;
    this.#text.textContent = count ? fresh.replace("{n}", count) : "";
    this.#button.toggleAttribute("data-fresh", count > 0);
    if (count) this.#button.removeAttribute("aria-label");
    else this.#button.setAttribute("aria-label", end);
  }
}
