// Names in messages: each becomes a link, one's own is marked. The server does the same for what it renders
// (views/addressed.py). Knows no socket; chat.js says who looks and where people and rooms are.

let you = "";
let urls = null;

/** Who looks at the page (an id), and the addresses: `room` of a key, `person` of an id. */
export function know(person, addresses) {
  you = person;
  urls = addresses;
}

/** Links and marks the names in `node`. */
export function address(node) {
  if (urls) for (const name of node.querySelectorAll("span.mention:is([data-room], [data-person])")) name.replaceWith(link(name));
  for (const name of node.querySelectorAll(".mention[data-person]")) name.toggleAttribute("data-you", name.dataset.person === you);
}

function link(name) {
  const { room, person } = name.dataset;
  const made = document.createElement("a");
  made.className = name.className;
  Object.assign(made.dataset, name.dataset);
  made.href = room ? urls.room(room) : urls.person(person);
  made.textContent = name.textContent;
  return made;
}
