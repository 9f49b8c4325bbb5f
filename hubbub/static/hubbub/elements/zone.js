// <hubbub-zone>: a list of time zones that offers the one of this browser; nobody tells where they are unasked.

const SAME = { "Etc/UTC": "UTC", "Etc/GMT": "GMT" };

class HubbubZone extends HTMLElement {
  connectedCallback() {
    const told = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const zone = SAME[told] ?? told;
    const list = this.querySelector("select");
    const option = [...list.options].find(({ value }) => value === zone);
    if (!option || list.value === zone) return;
    const button = this.querySelector("button");
    button.textContent = button.dataset.words.replace("{zone}", () => option.textContent);
    button.hidden = false;
    button.addEventListener("click", () => { list.value = zone; button.hidden = true; list.focus(); });
  }
}

customElements.define("hubbub-zone", HubbubZone);
