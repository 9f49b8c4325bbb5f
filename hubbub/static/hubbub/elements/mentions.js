// Names in messages: a room's name becomes a link, one's own name is marked. The server does the same for what it
// renders (views/addressed.py). Knows no socket; chat.js says who looks and where rooms are.

let you = "";
let roomUrl = null;

/** Who looks at the page (an id), and the address of a room by its key. */
export function know(person, address) {
  you = person;
  roomUrl = address;
}

/** Marks and links the names in `node`. */
export function address(node) {
  for (const name of node.querySelectorAll("span.mention--room")) if (roomUrl) name.replaceWith(link(name));
  for (const name of node.querySelectorAll(".mention[data-person]")) name.toggleAttribute("data-you", name.dataset.person === you);
}

function link(name) {
  const made = document.createElement("a");
  made.className = name.className;
  made.dataset.room = name.dataset.room;
  made.href = roomUrl(name.dataset.room);
  made.textContent = name.textContent;
  return made;
}
