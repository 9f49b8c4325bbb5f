// Owns the field in which a message is edited, in the message's own place. Enter saves, but in an open block of code;
// Shift+Enter breaks the line, Escape keeps what was. Names and emoji are completed in it as where one writes. Knows no
// socket: `save` gives null, or the words with which it was refused.

import { composes, fit, inCode } from "hubbub/field";

/** The editor that is open in a message, or null. */
export function editing(row) { return row?.querySelector(":scope > .editor") ?? null; }

/** Opens the editor in a message that says `source`, with `text` in it. `typed` hears each new text, `emptied` that none is to
 *  be left; `done` is told how it ended: "saved" or "kept". */
export function edit(row, source, { text = source, focus = true, limit, typed, emptied, save, done }) {
  if (editing(row)) return editing(row).querySelector("textarea").focus();
  for (const other of document.querySelectorAll(".editor")) other.dispatchEvent(new Event("reset"));
  const form = document.getElementById("hubbub-editor").content.firstElementChild.cloneNode(true);
  const field = form.querySelector("textarea"), note = form.querySelector(".editor__note");
  const close = (how) => { form.remove(); done(how); };
  const refuse = (words) => { field.setAttribute("aria-invalid", "true"); note.textContent = words; };
  const submit = async () => {
    const message = field.value.trim();
    const over = [...message].length - limit;
    if (!message) return emptied();
    if (over > 0) return refuse(note.dataset.over.replace("{n}", over.toLocaleString(document.documentElement.lang || undefined)));
    if (message === source.trim()) return close("kept");
    field.readOnly = true;
    const refused = await save(message);
    field.readOnly = false;
    if (!refused) return form.isConnected && close("saved");
    refuse(refused);
    field.focus();
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  form.addEventListener("reset", (event) => { event.preventDefault(); close("kept"); });
  field.addEventListener("input", () => { field.removeAttribute("aria-invalid"); note.textContent = ""; fit(field); typed(field.value); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !composes(event)) { event.preventDefault(); event.stopPropagation(); close("kept"); }
  });
  field.addEventListener("keydown", (event) => {
    if (composes(event)) return;
    if (event.key !== "Enter" || event.shiftKey || event.altKey || (inCode(field) && !event.ctrlKey && !event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  complete(form);
  row.querySelector("hubbub-toolbar")?.remove();
  row.querySelector(".message__body").after(form);
  field.value = text;
  fit(field);
  if (!focus) return;
  field.focus({ preventScroll: true });
  field.setSelectionRange(text.length, text.length);
  form.scrollIntoView({ block: "nearest" });
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
