// <hubbub-new-message>: the dialog for a message to one or several people. Any link with data-new-message opens it.

import { keys } from "hubbub/keys";
import { DialogForm } from "hubbub/elements/dialog_form";
import "hubbub/elements/whom";

class HubbubNewMessage extends DialogForm {
  connectedCallback() {
    this.serve("[data-new-message]");
    keys.add({ name: "new-message", keys: ["Alt+Shift+W"], command: true, run: () => this.open() });
  }

  open() {
    this.querySelector("hubbub-whom").clear();
    super.open();
  }
}

customElements.define("hubbub-new-message", HubbubNewMessage);
