// Says moments as the reader's place does: `time` elements with data-ago, how long ago; with data-moment, when.

import { Clock } from "hubbub/clock";

const clock = new Clock(document.documentElement.lang);

export function tellTimes(root) {
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const date = new Date(time.dateTime);
    time.textContent = clock.ago(date);
    time.title = clock.full(date);
  }
  for (const time of root.querySelectorAll("time[data-moment]")) time.textContent = clock.moment(new Date(time.dateTime));
}
