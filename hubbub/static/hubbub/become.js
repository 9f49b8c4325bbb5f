// Who looks at a page may become somebody else while it is open: signed in or up in another tab, or known by another id
// since a guest became their account elsewhere. What was written stays theirs, and the page is asked for anew. No socket.

const KEPT = ["draft", "reply", "edit", "outbox"];
const ONCE = "hubbub:became";

/** Whether the page, made for `old`, goes now to come back for `now`; never for another guest, nor twice for the same. */
export function become(old, now) {
  if (now.guest || is(old, now) || once(now.id)) return false;
  addEventListener("pagehide", () => inherit(old.id, now.id));
  location.reload();
  return true;
}

function is(old, now) {
  const same = old.id === now.id && old.guest === now.guest;
  if (same) try { sessionStorage.removeItem(ONCE); } catch { /* no storage, and nothing in it */ }
  return same;
}

/** A page that goes on being made for somebody else would come back for ever. */
function once(id) {
  try {
    if (sessionStorage.getItem(ONCE) === id) return true;
    sessionStorage.setItem(ONCE, id);
    return false;
  } catch {
    return true;                    // no storage: better a page of before than one that never stays
  }
}

/** What is kept in this browser under the old id stands under the new one, unless something does already. */
function inherit(old, now) {
  if (old === now) return;
  const begins = KEPT.map((kind) => [`hubbub:${kind}:${old}:`, `hubbub:${kind}:${now}:`]);
  for (const key of Object.keys(localStorage)) {
    const [from, to] = begins.find(([from]) => key.startsWith(from)) ?? [];
    if (!from) continue;
    const kept = to + key.slice(from.length);
    if (localStorage.getItem(kept) === null) localStorage.setItem(kept, localStorage.getItem(key));
    localStorage.removeItem(key);
  }
}
