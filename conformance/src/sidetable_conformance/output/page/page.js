"use strict";
{
  const find = document.getElementById("find");
  const none = document.getElementById("none");
  const bodies = [...document.querySelectorAll("tbody")];
  const search = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const body of bodies) {
      let here = 0;
      for (const row of body.querySelectorAll(".row")) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        here += row.hidden ? 0 : 1;
      }
      body.hidden = here === 0;
      found += here;
    }
    none.hidden = found > 0;
  };
  find.hidden = false;
  find.addEventListener("input", search);
  find.form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type === "search";
    if (event.key === "/" && !typing) {
      event.preventDefault();
      find.focus();
    } else if (event.key === "Escape" && typing) {
      find.value = "";
      search();
    }
  });
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
    }
  };
  addEventListener("hashchange", reveal);
  reveal();
  for (const button of document.querySelectorAll(".copy")) {
    const code = button.parentElement.querySelector("code");
    button.hidden = false;
    button.addEventListener("click", () => {
      getSelection().selectAllChildren(code);
      const done = () => {
        button.textContent = "copied";
      };
      if (navigator.clipboard) {
        navigator.clipboard.writeText(code.textContent).then(done, () => {});
      } else if (document.execCommand("copy")) {
        done();
      }
    });
  }
}
