// Owns light or dark: the reader's choice on top of the system's, set before the first paint.
// A classic script, since a module would come after the paint. Knows nothing else of the page.
{
  const key = "hubbub:theme";
  const root = document.documentElement;
  const remembered = () => { try { return localStorage.getItem(key); } catch { return null; } };
  const remember = (theme) => { try { localStorage.setItem(key, theme); } catch { /* private mode: for this page only */ } };
  const wear = (theme) => { if (theme === "light" || theme === "dark") root.dataset.theme = theme; };
  const now = () => root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  wear(remembered());
  addEventListener("storage", (event) => { if (event.key === key) wear(event.newValue); });
  addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-theme-toggle]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        wear(now() === "dark" ? "light" : "dark");
        remember(root.dataset.theme);
      });
    }
  });
}
