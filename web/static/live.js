// Keeps the page as the house is: swaps the sections that the server pushes, and lets the ages grow.
"use strict";
(() => {
  const live = document.getElementById("live");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let source = null;
  let pause = 1000;
  let first = true; // the first push says what the page already shows

  const say = (state, words) => {
    if (live.dataset.state !== state) {
      live.dataset.state = state;
      live.textContent = words;
    }
  };

  const age = (milliseconds) => {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    for (const [size, word] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
      if (seconds >= size) return `${Math.floor(seconds / size)} ${word}`;
    }
    return `${seconds} s`;
  };

  const tick = () => {
    for (const time of document.querySelectorAll("time[data-at]")) {
      const words = age(Date.now() - Number(time.dataset.at));
      if (time.textContent !== words) time.textContent = words;
    }
  };

  const show = (event) => {
    for (const [name, html] of Object.entries(JSON.parse(event.data))) {
      const section = document.getElementById(name);
      if (!section) continue;
      section.innerHTML = html; // rendered and escaped by our own server, the only one this page may talk to
      if (!first && !calm.matches) {
        section.classList.remove("fresh");
        void section.offsetWidth;
        section.classList.add("fresh");
      }
    }
    first = false;
    tick();
  };

  const connect = () => {
    first = true;
    source = new EventSource(document.body.dataset.events);
    source.onopen = () => {
      pause = 1000;
      say("on", "live");
    };
    source.addEventListener("sections", show);
    source.onerror = () => {
      say("off", "connection lost, trying again");
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(connect, pause);
        pause = Math.min(pause * 2, 30000);
      }
    };
  };

  addEventListener("pagehide", () => source && source.close());
  addEventListener("pageshow", (event) => event.persisted && connect());
  setInterval(tick, 1000);
  connect();
})();
