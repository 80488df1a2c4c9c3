// The list of runs: local times, and a refresh every three seconds while the page is seen.
'use strict';

const REFRESH_MS = 3000;

function localTimes(root) {
  for (const time of root.querySelectorAll('time')) {
    const moment = new Date(time.dateTime);
    if (!Number.isNaN(moment.getTime())) {
      time.title = time.dateTime;
      time.textContent = moment.toLocaleString();
    }
  }
}

async function refresh() {
  if (document.hidden) {
    return;
  }
  const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
  if (answer.redirected) {
    location.reload();
    return;
  }
  if (answer.ok) {
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('list');
    if (fresh) {
      localTimes(fresh);
      document.getElementById('list').replaceWith(fresh);
    }
  }
}

localTimes(document);
setInterval(() => refresh().catch(() => {}), REFRESH_MS);
