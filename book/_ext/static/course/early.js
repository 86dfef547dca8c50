// What must stand before any other script runs: storage, the reader's light or dark mode (before the first paint), white
// paper, and a word to the reader where one of the other scripts does not come.
{
  const { dataset } = document.documentElement;
  try {
    localStorage.getItem("mode");
  } catch {
    // A browser that forbids storage. The theme's and Sphinx's scripts need one: this lasts as long as the page.
    dataset.storage = "forbidden";
    const kept = new Map();
    Object.defineProperty(window, "localStorage", { value: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, text) => { kept.set(key, text); },
      removeItem: (key) => { kept.delete(key); },
    } });
  }
  const stored = (key) => localStorage.getItem(key);
  dataset.mode = stored("mode") || "auto";
  dataset.theme = stored("theme") || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

  // Paper is white.
  let onScreen = dataset.theme;
  addEventListener("beforeprint", () => {
    onScreen = dataset.theme;
    dataset.theme = "light";
  });
  addEventListener("afterprint", () => { dataset.theme = onScreen; });

  // A script did not come: such an error does not bubble.
  addEventListener("error", ({ target }) => {
    if (!(target instanceof HTMLScriptElement) || document.querySelector(".course-incomplete")) return;
    const note = document.createElement("p");
    note.className = "course-incomplete";
    note.setAttribute("role", "alert");
    note.textContent = "Part of this page could not be loaded, and not everything on it works. Load it again.";
    (document.querySelector("article") ?? document.body).prepend(note);
  }, true);
}
