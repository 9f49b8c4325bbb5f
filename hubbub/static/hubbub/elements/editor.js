// Owns the field in which a message is edited, in the message's own place. Enter saves, but in an open block of code;
// Shift+Enter breaks the line, Escape keeps what was. Names and emoji are completed in it as where one writes. When the
// message got another text elsewhere, the field follows, or says so and keeps what was typed. Knows no socket.

import { composes, fit, inCode, write } from "hubbub/field";

/** The form that is open in a message, or null. */
export function editing(row) { return row?.querySelector(":scope > .editor") ?? null; }

/** What a text is made from, a revision, is {text, base, edited}: what the message said, under which number, and since when. */
export class Editor {
  #form; #field; #note; #hands;
  #said = null;                     // the revision that this stands on; null until it has come
  #newer = null;                    // the one that is there now, when it is another and what was typed is one's own
  #heard = null;                    // one that came while this was being saved
  #saving = false;
  #begun; #begin;                   // passes when there is a revision

  /** Opens in a message. Of the hands, `begun` hears what this stands on with the text that is in it, `typed` each new text,
   *  `emptied` that none is to be left; `save` takes the text and the revision, and gives null, or the words of a refusal;
   *  `done` hears how it ended, "saved" or "kept", and whether it had the keyboard. */
  constructor(row, hands, { focus = true } = {}) {
    for (const other of document.querySelectorAll(".editor")) other.dispatchEvent(new Event("reset"));
    this.#hands = hands;
    this.#form = document.getElementById("hubbub-editor").content.firstElementChild.cloneNode(true);
    this.#field = this.#form.querySelector("textarea");
    this.#note = this.#form.querySelector(".editor__note");
    this.#begun = new Promise((passed) => { this.#begin = passed; });
    this.#listen();
    complete(this.#form);
    row.querySelector("hubbub-toolbar")?.remove();
    const body = row.querySelector(".message__body");
    this.#field.style.minBlockSize = `${body.offsetHeight}px`;           // nothing moves until the text has come
    body.after(this.#form);
    if (focus) this.#field.focus({ preventScroll: true });
  }

  get open() { return this.#form.isConnected; }

  /** What it stands on is known. What was typed until then goes on from there, unless there is a `text` from before. */
  fill(said, text = said.text + this.#field.value) {
    this.#field.style.minBlockSize = "";
    this.#show(text);
    this.#stand(said);
    if (this.#form.contains(document.activeElement)) this.#form.scrollIntoView({ block: "nearest" });
    this.#begin();
  }

  /** The message has another text by now. */
  follow(said) {
    if (this.#saving) { this.#heard = said; return; }
    const { value } = this.#field, untouched = value === this.#said.text;
    if (!untouched && value.trim() !== said.text) return this.#tellNewer(said);
    if (untouched) this.#show(said.text);
    this.#stand(said);
  }

  /** Ends it, "saved" or "kept". */
  close(how) {
    const focused = this.#form.contains(document.activeElement);
    this.#form.remove();
    this.#hands.done(how, focused);
  }

  #listen() {
    const form = this.#form, field = this.#field;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    form.addEventListener("reset", (event) => { event.preventDefault(); this.close("kept"); });
    form.querySelector(".editor__take").addEventListener("click", () => this.#take());
    field.addEventListener("input", () => this.#written());
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !composes(event)) { event.preventDefault(); event.stopPropagation(); this.close("kept"); }
    });
    field.addEventListener("keydown", (event) => {
      if (composes(event)) return;
      if (event.key !== "Enter" || event.shiftKey || event.altKey || (inCode(field) && !event.ctrlKey && !event.metaKey)) return;
      event.preventDefault();
      form.requestSubmit();
    });
  }

  #written() {
    this.#field.removeAttribute("aria-invalid");
    this.#note.textContent = "";
    fit(this.#field);
    if (this.#said) this.#hands.typed(this.#field.value);
  }

  async #submit() {
    await this.#begun;
    if (this.#saving || !this.open) return;
    const message = this.#field.value.trim(), over = [...message].length - this.#hands.limit;
    if (!message) return this.#hands.emptied();
    if (over > 0) return this.#refuse(this.#note.dataset.over.replace("{n}", over.toLocaleString(document.documentElement.lang || undefined)));
    if (message === this.#said.text.trim() && !this.#newer) return this.close("kept");
    this.#saving = this.#field.readOnly = true;
    const refused = await this.#hands.save(message, this.#said);
    this.#saving = this.#field.readOnly = false;
    if (!this.open) return;
    if (refused === null) return this.close("saved");
    if (refused) this.#refuse(refused);
    this.#field.focus({ preventScroll: true });
    if (this.#heard) this.follow(this.#heard);
    this.#heard = null;
  }

  #refuse(words) {
    this.#field.setAttribute("aria-invalid", "true");
    this.#note.textContent = words;
  }

  #show(text) {
    this.#field.value = text;
    fit(this.#field);
    if (document.activeElement === this.#field) this.#field.setSelectionRange(text.length, text.length);
  }

  #stand(said) {
    this.#said = said;
    this.#tellNewer(null);
    this.#hands.begun(said, this.#field.value);
  }

  #tellNewer(said) {
    const words = this.#form.querySelector(".editor__news");
    this.#newer = said;
    this.#form.toggleAttribute("data-newer", Boolean(said));
    this.#form.querySelector(".editor__take").hidden = !said;
    words.textContent = said ? words.dataset.words : "";
  }

  /** What was typed gives way to what is there now; the person's own key takes that back. */
  #take() {
    const said = this.#newer;
    this.#stand(said);
    write(this.#field, said.text, 0, this.#field.value.length);
  }
}

/** What may be completed where one writes, may be here: over the log, which would cut its list off. */
function complete(form) {
  const completion = document.querySelector("hubbub-composer hubbub-completion")?.cloneNode(true);
  if (!completion) return;
  const list = completion.querySelector("ul");
  completion.dataset.for = "edit";
  Object.assign(list, { id: "editor-completion", popover: "manual", hidden: true });
  list.replaceChildren();
  form.append(completion);
}
