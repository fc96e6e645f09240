// Hands in files one after the other. The ticket stands behind the # of the address; each answer brings the next one.
"use strict";
(() => {
  const input = document.getElementById("files");
  const drop = document.getElementById("drop");
  const handed = document.getElementById("handed");
  const hint = document.getElementById("hint");
  let ticket = location.hash.slice(1);
  history.replaceState(null, "", location.pathname); // not to be found in the browser's history
  let waiting = Promise.resolve();

  const line = (name) => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    const bar = document.createElement("progress");
    words.textContent = name;
    bar.max = 1;
    bar.value = 0;
    item.append(words, bar);
    handed.append(item);
    return { item, words, bar };
  };

  const send = (file) => new Promise((done) => {
    const { item, words, bar } = line(file.name);
    const request = new XMLHttpRequest();
    const end = (state, said) => {
      item.dataset.state = state;
      words.textContent = said;
      bar.remove();
      done();
    };
    request.open("PUT", "/upload");
    request.setRequestHeader("Authorization", `Ticket ${ticket}`);
    request.setRequestHeader("X-File-Name", encodeURIComponent(file.name));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/x-ndjson");
    request.upload.onprogress = (event) => {
      if (!event.lengthComputable) return;
      bar.value = event.loaded / event.total;
      if (event.loaded === event.total) {
        bar.removeAttribute("value"); // it is being read
        words.textContent = `${file.name}: reading …`;
      }
    };
    const lines = () => request.responseText.split("\n");
    request.onprogress = () => {
      const whole = lines().slice(0, -1).pop(); // the last piece may not have come yet
      const { done, total } = whole ? JSON.parse(whole) : {};
      if (!total) return;
      bar.value = done / total;
      words.textContent = `${file.name}: page ${done} of ${total}`;
    };
    request.onload = () => {
      let answer = { said: `${file.name}: no answer that can be read (${request.status})` };
      try {
        answer = JSON.parse(lines().filter(Boolean).pop());
      } catch {
        // said above
      }
      ticket = answer.next || "";
      end((answer.status || request.status) === 200 ? "in" : "refused", answer.said);
      if (!ticket) close();
    };
    request.onerror = () => end("refused", `${file.name}: NEXUS does not answer.`);
    request.send(file);
  });

  const close = () => {
    input.disabled = true;
    drop.dataset.state = "closed";
    hint.hidden = false;
  };

  const take = (files) => {
    for (const file of files) waiting = waiting.then(() => (ticket ? send(file) : null));
  };

  if (!ticket) return;
  input.disabled = false;
  hint.hidden = true;
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.dataset.over = kind === "dragover" ? "yes" : "";
      if (kind === "drop" && ticket) take([...event.dataTransfer.files]);
    });
  }
})();
