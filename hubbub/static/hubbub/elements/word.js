// Whether you have the word in the page's room: not in one that is archived, nor while a moderator has silenced you. Who
// may not write reads why, and until when; then the composer is there again by itself. Knows no socket.

import { tell } from "hubbub/elements/note";

const LONGEST = 3_600_000;          // ms that a timer is set for: clocks are put right, and the longest silence is 30 days

const find = (selector) => document.querySelector(selector);
let archived = Boolean(find(".composer__archived:not([hidden])"));
let until = 0;
let timer;

export const isSilenced = () => until > Date.now();

export function showArchived(now) {
  archived = now;
  show();
}

/** `moment`: when the silence ends, or nothing where there is none. */
export function showSilence(moment, clock) {
  if (!find("hubbub-composer")) return;
  const was = isSilenced();
  until = moment ? new Date(moment).getTime() : 0;
  if (isSilenced()) say(new Date(until), clock);
  show();
  if (was && !isSilenced()) tell(find(".composer__silenced").dataset.over);
  wait();
}

function say(end, clock) {
  const line = find(".composer__silenced");
  const shown = clock.dayKey(end) === clock.dayKey(new Date()) ? clock.time(end) : clock.full(end);
  line.textContent = line.dataset.words.replace("{until}", () => shown);
}

function wait() {
  clearTimeout(timer);
  if (isSilenced()) timer = setTimeout(() => (isSilenced() ? wait() : over()), Math.min(LONGEST, until - Date.now() + 1));
}

function over() {
  show();
  tell(find(".composer__silenced").dataset.over);
}

/** The composer goes where nothing can be said; whoever had the keyboard in it reads on. */
function show() {
  const composer = find("hubbub-composer");
  const closed = archived || isSilenced(), had = composer.contains(document.activeElement);
  composer.hidden = closed;
  find(".conversation").toggleAttribute("data-wordless", closed);
  find(".composer__archived").hidden = !archived;
  find(".composer__silenced").hidden = archived || !isSilenced();
  if (closed && had) find("#chat-log").focus();
}
