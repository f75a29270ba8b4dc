// A table that is wider than the screen scrolls; by keyboard too, once it can have the focus.
addEventListener("load", () => {
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      target.toggleAttribute("tabindex", false);
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    }
  });
  for (const box of document.querySelectorAll(".md-typeset__scrollwrap")) sizes.observe(box);
});
