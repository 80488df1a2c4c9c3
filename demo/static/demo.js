// The demo's page: while a run is going on, the part with the id `fresh` is fetched anew each second.
'use strict';

const REFRESH_MS = 1000;

async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
  if (!answer.ok) return true;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('fresh');
  if (!fresh) return false;
  const shown = document.getElementById('fresh');
  if (shown.innerHTML !== fresh.innerHTML) shown.replaceWith(fresh);
  return fresh.dataset.live === 'yes';
}

async function follow() {
  let live = document.getElementById('fresh').dataset.live === 'yes';
  // Once more behind the end: Drupal has the last draft a moment after the sidecar.
  let more = 3;
  while (live || more > 0) {
    await new Promise((resolve) => setTimeout(resolve, REFRESH_MS));
    if (document.hidden) continue;
    live = await refresh().catch(() => true);
    if (!live) more -= 1;
  }
}

follow();
