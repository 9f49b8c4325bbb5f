// The entry of the search page.

import { Clock } from "hubbub/clock";
import { HubbubSearch } from "hubbub/elements/search";
import "hubbub/elements/name";
import "hubbub/shell";

HubbubSearch.clock = new Clock(document.documentElement.lang);
customElements.define("hubbub-search", HubbubSearch);
