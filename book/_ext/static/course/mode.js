// Before the first paint: the reader's light or dark mode.
{
  const { dataset } = document.documentElement;
  let stored = {};
  try { stored = localStorage; } catch { /* a browser that forbids storage */ }
  dataset.mode = stored.mode || "auto";
  dataset.theme = stored.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}
