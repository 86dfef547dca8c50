// What every page needs: a wide equation can be reached, and scrolled, by keyboard.
const wide = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) {
      target.tabIndex = 0;
      target.setAttribute("role", "group");
      target.setAttribute("aria-label", "Equation, scrollable");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) target.removeAttribute(name);
    }
  }
});
document.fonts.ready.then(() => document.querySelectorAll("div.math > .eq").forEach((eq) => wide.observe(eq)));
