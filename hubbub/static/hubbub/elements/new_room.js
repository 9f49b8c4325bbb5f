// <hubbub-new-room>: the dialog for a new room. Any link with data-new-room opens it.

import { keys } from "hubbub/keys";
import { DialogForm } from "hubbub/elements/dialog_form";

class HubbubNewRoom extends DialogForm {
  connectedCallback() {
    this.serve("[data-new-room]");
    keys.add({ name: "new-room", keys: ["Alt+Shift+N"], command: true, run: () => this.open() });
  }
}

customElements.define("hubbub-new-room", HubbubNewRoom);
