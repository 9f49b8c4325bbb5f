// <hubbub-search>: what was found, as one types. Asks when there is a pause, shows only the answer to what stands in the
// field now, and keeps the address in step, so that Back and a reload lead to the same results. Arrows move through them.

const PAUSE = 180;
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

export class HubbubSearch extends HTMLElement {
  static clock;
  #timer;
  #asking = null;                   // what ends the question that is under way
  #shown;                           // what the results on the page answer

  connectedCallback() {
    const { input, form } = this;
    this.#shown = input.value;
    form.elements.zone.value = HERE;
    form.elements.zone.disabled = !HERE;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#ask(); });
    input.addEventListener("input", (event) => { if (!event.isComposing) this.#typed(); });
    input.addEventListener("compositionend", () => this.#typed());
    this.addEventListener("keydown", (event) => this.#pressed(event));
    this.#sayTimes();
    input.setSelectionRange(input.value.length, input.value.length);
    if (input.value && !new URLSearchParams(location.search).has("zone")) this.#ask();     // days are those of here
  }

  get form() { return this.querySelector("form"); }
  get input() { return this.querySelector("#search-words"); }
  get results() { return this.querySelector(".search__results"); }

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), PAUSE);
  }

  async #ask() {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    const asking = this.#asking = new AbortController();
    const url = new URL(this.form.action, location.href);
    const words = this.input.value;
    if (words.trim()) url.search = new URLSearchParams({ q: words, ...(HERE && { zone: HERE }) });
    this.results.ariaBusy = "true";
    const answer = await asked(url, asking.signal);
    if (asking.signal.aborted) return;                        // another question has taken its place
    this.results.ariaBusy = null;
    if (answer?.retry_after) this.#timer = setTimeout(() => this.#ask(), answer.retry_after * 1000);
    if (!answer || answer.message) return this.#refuse(answer?.message ?? this.dataset.failed);
    this.#refuse("");
    this.#show(answer);
    if (words !== this.#shown) history.replaceState(null, "", url);
    this.#shown = words;
  }

  #show({ html, found }) {
    this.results.innerHTML = html;                            // our own template, in which every text is escaped
    this.#sayTimes();
    const more = this.results.querySelector("[rel=next]");
    const said = found ? (more ? this.dataset.more : this.dataset.found) : this.input.value.trim() && this.dataset.none;
    this.querySelector("[role=status]").textContent = (said || "").replace("{n}", found);
  }

  #refuse(sentence) {
    this.querySelector(".field__error").textContent = sentence;
    this.input.ariaInvalid = sentence ? "true" : null;
  }

  #sayTimes() {
    const { clock } = HubbubSearch;
    for (const time of this.querySelectorAll("time[data-at]")) {
      const date = new Date(time.dateTime);
      time.textContent = `${clock.day(date)}, ${clock.time(date)}`;
      time.title = clock.full(date);
    }
  }

  #pressed(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const links = [...this.results.querySelectorAll("a")];
    const place = links.indexOf(document.activeElement);
    if (event.key === "Escape" && place >= 0) this.input.focus();
    else if (step && (place >= 0 || (step > 0 && event.target === this.input))) (links[place + step] ?? this.input).focus();
    else return;
    event.preventDefault();
  }
}

/** The server's answer, also when it says no; null when none came. */
async function asked(url, signal) {
  try {
    const response = await fetch(url, { signal, headers: { Accept: "application/json" } });
    return await response.json();
  } catch {
    return null;
  }
}
