// <hubbub-typing>: who writes just now. A sign lasts six seconds, or until that person's message comes. Knows no socket.

const LASTS = 6_000;

class HubbubTyping extends HTMLElement {
  #writers = new Map();             // person id → {name, timer}

  add({ id, name }) {
    clearTimeout(this.#writers.get(id)?.timer);
    this.#writers.set(id, { name, timer: setTimeout(() => this.stop(id), LASTS) });
    this.#say();
  }

  stop(id) {
    clearTimeout(this.#writers.get(id)?.timer);
    if (this.#writers.delete(id)) this.#say();
  }

  clear() {
    for (const id of [...this.#writers.keys()]) this.stop(id);
  }

  #say() {
    const [a, b, more] = [...this.#writers.values()].map(({ name }) => name);
    const { one, two, many } = this.dataset;
    const text = more !== undefined ? many : b !== undefined ? two : a !== undefined ? one : "";
    this.textContent = text.replace(/\{(a|b)\}/g, (_, which) => (which === "a" ? a : b));
  }
}

customElements.define("hubbub-typing", HubbubTyping);
