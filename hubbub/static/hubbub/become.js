// Who looks at a page may become somebody else while it is open: signed in or up in another tab, or known by another id
// since a guest became their account elsewhere. What was written stays theirs, and the page is asked for anew. No socket.

import { inherit, prefer, preference } from "hubbub/kept";

const ONCE = "became", TAB = "sessionStorage";

/** Whether the page, made for `old`, goes now to come back for `now`; never for another guest, nor twice for the same. */
export function become(old, now) {
  if (now.guest || is(old, now) || once(now.id)) return false;
  addEventListener("pagehide", () => inherit(old.id, now.id));
  location.reload();
  return true;
}

function is(old, now) {
  const same = old.id === now.id && old.guest === now.guest;
  if (same) prefer(ONCE, null, TAB);
  return same;
}

/** A page that goes on being made for somebody else would come back for ever; so would one that can't remember having done
 *  so. */
function once(id) { return preference(ONCE, TAB) === id || !prefer(ONCE, id, TAB); }
