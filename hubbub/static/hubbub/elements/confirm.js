// Owns the question that is asked before something that can't be undone. Its words stand in the dialog.

/** Whether the person agrees. `quote` is the message that it is about. */
export function confirmed(name, quote) {
  const dialog = document.getElementById(`confirm-${name}`);
  dialog.querySelector(".quote__author").textContent = quote.author.name;
  dialog.querySelector(".quote__line").textContent = quote.message;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
