// <hubbub-people>: how many are here, and who. Knows no socket; chat.js hands it each `here` frame.

import { portray } from "hubbub/elements/avatar";
import { personUrl } from "hubbub/elements/card";
import { keepKeyboard } from "hubbub/elements/keyboard";

class HubbubPeople extends HTMLElement {
  show({ count, people }) {
    this.hidden = false;
    this.removeAttribute("data-nobody");
    this.querySelector(".people__count").textContent = count.toLocaleString(document.documentElement.lang || undefined);
    const list = this.querySelector(".people__list");
    keepKeyboard(list, () => list.replaceChildren(...(people ?? []).map((person) => this.#row(person))), { list: true });
    const more = this.querySelector(".people__more");
    const unnamed = count - (people?.length ?? 0);
    more.hidden = unnamed <= 0;
    more.textContent = this.dataset.more.replace("{n}", unnamed);
  }

  #row(person) {
    const row = document.getElementById("hubbub-person").content.firstElementChild.cloneNode(true);
    portray(row.querySelector(".avatar"), person);
    const name = row.querySelector(".person__name");
    name.textContent = person.name;
    name.href = personUrl(person.id);
    row.querySelector(".person__guest").hidden = !person.guest;
    return row;
  }
}

customElements.define("hubbub-people", HubbubPeople);
