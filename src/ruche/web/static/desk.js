// Keys of the desk. Everything works without them: links, buttons, radio buttons.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const writing = (target) => target.closest("input:not([type=radio]), textarea, select, dialog");
  const veils = ["covered", "grey", "colour"];

  const unveil = (step) => {
    const now = veils.findIndex((name) => $(`#veil-${name}`)?.checked);
    if (now < 0) return;
    const next = $(`#veil-${veils[Math.min(Math.max(now + step, 0), veils.length - 1)]}`);
    next.checked = true;
    $("#spoken").textContent = `The image is ${next.value === "colour" ? "in colour" : next.value}.`;
  };
  const walk = (step) => {
    const places = [...document.querySelectorAll(".cases a")];
    const now = places.findIndex((place) => place === document.activeElement || place.matches("[aria-current]"));
    places[Math.min(Math.max(now + step, 0), places.length - 1)]?.focus();
  };

  // What the member will read stands under the reason that is chosen.
  for (const told of document.querySelectorAll("[data-told]")) {
    const reason = document.getElementById(told.dataset.told);
    const show = () => { told.querySelector("q").textContent = reason.selectedOptions[0].title; };
    told.hidden = false;
    reason.addEventListener("change", show);
    show();
  }

  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || writing(target)) return;
    if (key === "v" || key === "V") return unveil(key === "v" ? 1 : -1);
    if (key === "j" || key === "k") return walk(key === "j" ? 1 : -1);
    if (key === "Enter" && target.matches("input[name=act]")) {
      event.preventDefault();
      return $("#decide").requestSubmit();
    }
    const wanted = /^[a-z0-9]$/.test(key) && $(`[data-key="${key}"]`);
    if (!wanted) return;
    event.preventDefault();
    if (wanted.type === "radio") {
      // A key alone chooses; Enter decides.
      wanted.checked = true;
      wanted.focus();
    } else {
      wanted.click();
    }
  });
})();
