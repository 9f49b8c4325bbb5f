// Owns the question that is asked before something that can't be undone. Its words stand in the dialog.

let answer = () => {};              // the question that was asked last, while it is open

/** Whether the person agrees. `quote` is the message that it is about. */
export function confirmed(name, quote) {
  const dialog = document.getElementById(`confirm-${name}`);
  answer(false);
  fill(dialog, quote.author.name, quote.message);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => { if (!dialog.open) answer(dialog.returnValue === "yes"); };   // else the one before, told late
    answer = (agreed) => {
      answer = () => {};
      dialog.removeEventListener("close", closed);
      fill(dialog, "", "");                                          // what is deleted stays nowhere, not even here
      resolve(agreed);
    };
    dialog.addEventListener("close", closed);
  });
}

function fill(dialog, author, line) {
  dialog.querySelector(".quote__author").textContent = author;
  dialog.querySelector(".quote__line").textContent = line;
}
