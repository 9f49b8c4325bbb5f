// Owns the field in which a message is edited, in the message's own place. Enter saves, Shift+Enter breaks the line,
// Escape keeps what was. Knows no socket: `save` gives null, or the words with which it was refused.

/** The editor that is open in a message, or null. */
export function editing(row) { return row?.querySelector(":scope > .editor") ?? null; }

/** Opens the editor in a message that says `source`, with `text` in it. `typed` hears each new text; `done` is told how it
 *  ended: "saved" or "kept". */
export function edit(row, source, { text = source, focus = true, limit, typed, save, done }) {
  if (editing(row)) return editing(row).querySelector("textarea").focus();
  for (const other of document.querySelectorAll(".editor")) other.dispatchEvent(new Event("reset"));
  const form = document.getElementById("hubbub-editor").content.firstElementChild.cloneNode(true);
  const field = form.querySelector("textarea"), note = form.querySelector(".editor__note");
  const close = (how) => { form.remove(); done(how); };
  const submit = async () => {
    const message = field.value.trim();
    if (!message || [...message].length > limit) return field.setAttribute("aria-invalid", "true");
    if (message === source.trim()) return close("kept");
    field.readOnly = true;
    const refused = await save(message);
    field.readOnly = false;
    if (!refused) return form.isConnected && close("saved");
    note.textContent = refused;
    field.focus();
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  form.addEventListener("reset", (event) => { event.preventDefault(); close("kept"); });
  field.addEventListener("input", () => { field.removeAttribute("aria-invalid"); fit(field); typed(field.value); });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close("kept"); }
    if (event.key !== "Enter" || event.shiftKey || event.altKey) return;
    event.preventDefault();
    form.requestSubmit();
  });
  row.querySelector("hubbub-toolbar")?.remove();
  row.querySelector(".message__body").after(form);
  field.value = text;
  fit(field);
  if (!focus) return;
  field.focus({ preventScroll: true });
  field.setSelectionRange(text.length, text.length);
  form.scrollIntoView({ block: "nearest" });
}

function fit(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight}px`;
}
