// What JavaScript adds: live progress, keys, copying. Everything else works without it.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const speak = (sentence) => { $("#spoken").textContent = sentence; };

  // Live: one stream a page, however many jobs; it is opened anew when a job joins.
  let stream = null;
  let followed = "";
  let again = null;
  let pause = 0;

  const live = () => [...new Set(all("[data-live]").map((tile) => tile.dataset.job))].sort().join();
  const tile = (fact) => document.getElementById(`tile-${fact.job}-${fact.place}`);
  const say = (place, words) => {
    const line = place && $("[data-says]", place);
    if (line && line.textContent !== words) line.textContent = words;
  };

  const hear = {
    line: (fact) => all(`[data-live][data-job="${fact.job}"]`).forEach((place) => say(place, fact.says)),
    step: (fact) => {
      const place = tile(fact);
      if (!place?.hasAttribute("data-live")) return;
      say(place, fact.says);
      place.dataset.quarter = fact.quarter;
      const bar = $("progress", place);
      bar.max = fact.steps;
      bar.value = fact.step;
      if (fact.preview) $(".preview", place).src = `data:image/webp;base64,${fact.preview}`;
    },
    tile: (fact) => { put(tile(fact), fact.html); speak(fact.says); },
    end: (fact) => {
      for (const ended of fact.tiles) put(document.getElementById(ended.id), ended.html);
      all(`[data-live][data-job="${fact.job}"]`).forEach((place) => place.remove());
      const sentence = $("[data-job-says]");
      if (sentence) sentence.textContent = fact.says;
      speak(fact.says);
      if (!live()) hush();
    },
  };

  const put = (place, html) => {
    if (!place) return;
    const held = place.contains(document.activeElement);
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const shown = fresh.content.firstElementChild;
    place.replaceWith(shown);
    window.htmx?.process(shown);
    if (held) $("a, button", shown)?.focus();
  };

  const hush = () => { clearTimeout(again); stream?.close(); stream = null; followed = ""; };
  const follow = () => {
    const wanted = live();
    if (!wanted) return hush();
    if (wanted === followed && stream) return;
    hush();
    followed = wanted;
    stream = new EventSource(`/jobs/events?of=${wanted}`);
    stream.addEventListener("open", () => { pause = 0; });
    stream.addEventListener("error", () => {
      // A stream that breaks is taken up again by the browser; one that was refused is not.
      if (stream?.readyState !== EventSource.CLOSED) return;
      hush();
      if (!pause) speak("The live view was interrupted; it is tried again.");
      pause = Math.min(pause ? pause * 2 : 2, 30);
      again = setTimeout(follow, pause * 1000);
    });
    for (const [kind, react] of Object.entries(hear)) {
      stream.addEventListener(kind, (event) => react(JSON.parse(event.data)));
    }
  };

  // The dock: Enter makes, Shift+Enter breaks the line; the field grows where CSS cannot do it.
  const grow = (field) => {
    if (CSS.supports("field-sizing", "content")) return;
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  };
  const write = (words) => {
    const prompt = $("#prompt");
    prompt.value = words;
    grow(prompt);
    prompt.focus();
  };
  document.addEventListener("input", (event) => { if (event.target.matches("textarea")) grow(event.target); });

  // Keys.
  const writing = (target) => target.closest("input, textarea, select, [contenteditable], dialog");
  const walk = (step) => {
    const way = $(step < 0 ? "#newer" : "#older[rel]");
    if (way) return way.click();
    const places = all("#rows .tile > a");
    const now = places.indexOf(document.activeElement);
    const next = places[now < 0 ? 0 : Math.min(Math.max(now + step, 0), places.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.id === "prompt" && key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      target.form.requestSubmit();
    } else if (key === "Escape" && target.id === "prompt") {
      target.blur();
    } else if (!writing(target)) {
      const deeds = {
        "/": () => { if ($("#prompt")) $("#prompt").focus(); else location.assign("/"); },
        "?": () => $("#keys")?.showModal(),
        ArrowLeft: () => walk(-1),
        ArrowRight: () => walk(1),
        Escape: () => { if ($(".show")) location.assign("/"); },
      };
      const deed = Object.hasOwn(deeds, key) && (key !== "Escape" || !$("dialog[open]")) && deeds[key];
      if (!deed) return;
      if (key !== "Escape") event.preventDefault();
      deed();
    }
  });

  // Copying, with a word that it worked; and examples that fill the prompt in place.
  document.addEventListener("click", async (event) => {
    const example = event.target.closest("[data-prompt]");
    if (example && $("#prompt") && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      write(example.dataset.prompt);
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const label = $("span", copy);
      const before = copy.dataset.label ??= label.textContent;
      try {
        await navigator.clipboard.writeText(copy.dataset.copy);
        label.textContent = "Copied";
      } catch {
        label.textContent = "Select and copy by hand";
      }
      speak(label.textContent);
      setTimeout(() => { label.textContent = before; }, 1600);
    }
  });

  const settle = () => {
    all("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
    follow();
  };
  // A form that was refused comes back in place, its first wrong field in focus; one that was taken
  // loses its marks, and the page shows what is being made.
  let height = 0;
  document.addEventListener("htmx:before:swap", () => { height = window.scrollY; });
  document.addEventListener("htmx:after:swap", ({ target }) => {
    settle();
    const wrong = $("#dock [aria-invalid]");
    if (target.isConnected && target.matches?.("#dock form")) {
      all("#dock .fault, #dock .notice").forEach((mark) => mark.remove());
      all("#dock [aria-invalid]").forEach((field) => { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); });
      window.scrollTo({ top: 0 });
    } else {
      wrong?.focus({ preventScroll: true });
      if ($("#dock")) window.scrollTo({ top: height });
    }
  });
  document.addEventListener("htmx:error", () => speak("The house did not answer; what you typed is kept."));
  window.addEventListener("pagehide", hush);
  window.addEventListener("pageshow", (event) => { if (event.persisted) settle(); });
  settle();
})();
