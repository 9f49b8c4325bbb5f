// Owns the question that is asked before something that can't be undone. Its words stand in the dialog.

/** Whether the person agrees. `quote` is the message that it is about. */
export function confirmed(name, quote) {
  const dialog = document.getElementById(`confirm-${name}`);
  fill(dialog, quote.author.name, quote.message);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => {
    fill(dialog, "", "");                                            // what is deleted stays nowhere, not even here
    resolve(dialog.returnValue === "yes");
  }, { once: true }));
}

function fill(dialog, author, line) {
  dialog.querySelector(".quote__author").textContent = author;
  dialog.querySelector(".quote__line").textContent = line;
}
