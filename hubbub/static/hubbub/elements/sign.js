// Owns what the window says of itself where only its title and icon are seen: how much is unread. Knows no socket.

export class Sign {
  #title = document.title;
  #shown = [0, 0];
  #icon = document.querySelector("link[rel~=icon][data-unread]");
  #plain = this.#icon?.getAttribute("href");

  /** The page is called otherwise: where one name stood, another. */
  rename(from, to) {
    this.#title = this.#title.replace(from, () => to);
    this.show(...this.#shown);
  }

  /** The page has another title. */
  title(title) {
    this.#title = title;
    this.show(...this.#shown);
  }

  /** `calls` of the unread messages speak to you. */
  show(unread, calls = 0) {
    this.#shown = [unread, calls];
    const count = calls || unread;
    document.title = count ? `(${count > 999 ? "999+" : count}) ${this.#title}` : this.#title;
    if (!this.#icon) return;
    const { unread: some, calls: called } = this.#icon.dataset;
    const href = calls ? called ?? some : unread ? some : this.#plain;
    if (this.#icon.getAttribute("href") !== href) this.#icon.setAttribute("href", href);
  }
}
