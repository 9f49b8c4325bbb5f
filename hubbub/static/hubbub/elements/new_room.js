// <hubbub-new-room>: the dialog for a new room. Any link with data-new-room opens it.

import { DialogForm } from "hubbub/elements/dialog_form";

class HubbubNewRoom extends DialogForm {
  connectedCallback() { this.serve({ opener: "[data-new-room]", name: "new-room", keys: ["Alt+Shift+N"] }); }
}

customElements.define("hubbub-new-room", HubbubNewRoom);
