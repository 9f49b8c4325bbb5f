// Owns the button beside a link that is there to be passed on: it copies the link. Without scripts there is none, and the
// link is copied by hand.

import { put } from "hubbub/elements/code";
import { say } from "hubbub/elements/note";

document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.(".link__copy");
  if (!button) return;
  const field = button.closest(".link").querySelector("input");
  if (await put(field.value)) say("copied");
  else field.select();                                               // for the person's own Ctrl+C
});
