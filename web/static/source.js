// Trades the ticket behind the # of the address for a cookie, and goes on to what it opens.
"use strict";
(() => {
  const said = document.getElementById("said");
  const ticket = location.hash.slice(1);
  const onward = document.body.dataset.onward;
  const here = location.pathname.replace(/\/$/, "");
  history.replaceState(null, "", here); // not to be found in the browser's history
  said.textContent = "…";
  if (!ticket) {
    location.replace(`${here}/${onward}`); // who was let in already may come again
    return;
  }
  fetch(`${here}/enter`, { headers: { Authorization: `Ticket ${ticket}` } })
    .then(async (answer) => {
      if (answer.ok) location.replace(`${here}/${onward}`);
      else said.textContent = await answer.text();
    })
    .catch(() => {
      said.textContent = "NEXUS does not answer.";
    });
})();
