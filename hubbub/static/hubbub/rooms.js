// The entry of pages without a socket: says the times as the reader's place does.

import { Clock } from "hubbub/clock";
import "hubbub/elements/name";
import "hubbub/elements/zone";
import "hubbub/shell";

const clock = new Clock(document.documentElement.lang);

for (const time of document.querySelectorAll("time[data-ago]")) {
  const date = new Date(time.dateTime);
  time.textContent = clock.ago(date);
  time.title = clock.full(date);
}
