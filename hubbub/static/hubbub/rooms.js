// The entry of pages that show no log: says the times as the reader's place does; what follows changes, live.js keeps true.

import { tellTimes } from "hubbub/times";
import "hubbub/elements/link";
import "hubbub/elements/name";
import "hubbub/elements/zone";
import "hubbub/shell";

tellTimes(document);

const followed = document.querySelector("[data-follow]");
if (followed) import("hubbub/live").then(({ follow }) => follow(followed));
