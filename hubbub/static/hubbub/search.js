// The entry of the search page: the results are the page's, and its address is kept in step with them.

import { HubbubSearch } from "hubbub/elements/search";
import "hubbub/elements/completion";
import "hubbub/elements/name";
import "hubbub/shell";

class HubbubSearchPage extends HubbubSearch {
  #shown;                           // what the results on the page answer

  connectedCallback() {
    super.connectedCallback();
    const { input, form } = this;
    this.#shown = this.address.href;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.ask(); });
    this.sayTimes();
    input.setSelectionRange(input.value.length, input.value.length);
    if (input.value && !new URLSearchParams(location.search).has("zone")) this.ask();     // days are those of here
  }

  show(answer, address) {
    super.show(answer);
    if (address.href !== this.#shown) history.replaceState(null, "", address);
    this.#shown = address.href;
  }
}

customElements.define("hubbub-search", HubbubSearchPage);
