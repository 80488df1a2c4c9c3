// One run: its events as a timeline that goes on by itself, its counters, its commands. All values are set as text.
'use strict';

const section = document.getElementById('run');
const timeline = document.getElementById('timeline');
const connection = document.getElementById('connection');
const told = document.getElementById('told');
const base = `/v1/runs/${section.dataset.run}`;
const FINAL = new Set(['completed', 'failed', 'cancelled', 'expired']);
let last = 0;

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function details(label, value) {
  if (value === undefined || value === null || value === '') return null;
  const node = element('details');
  node.append(element('summary', '', label));
  node.append(element('pre', '', typeof value === 'string' ? value : JSON.stringify(value, null, 2)));
  return node;
}

function seconds(milliseconds) {
  return milliseconds === undefined ? '' : ` in ${(milliseconds / 1000).toFixed(milliseconds < 10000 ? 2 : 0)} s`;
}

function tokens(usage) {
  return usage ? ` · ${usage.input_tokens || 0} tokens in, ${usage.output_tokens || 0} out` : '';
}

// Per type of event: class of the item, its sentence, further text, details ([label, value]...).
const SHOW = {
  run_queued: (d) => ({ text: 'Queued' + (d.attempt > 1 ? ` again (attempt ${d.attempt})` : '') }),
  run_started: (d) => ({ kind: 'good', text: `${d.resumed ? 'Taken over' : 'Started'} by ${d.worker}` + (d.restored_units ? `, ${d.restored_units} finished units restored` : '') }),
  step_started: (d) => ({ kind: 'step', text: `Step ${d.number}` }),
  step_finished: () => null,
  model_requested: (d) => ({ kind: 'model', text: `Asked ${d.model}`, more: [['Messages', d.messages], ['Tools offered', d.tools && d.tools.length ? d.tools.join('\n') : null]] }),
  model_responded: (d) => d.error
    ? { kind: 'bad', text: `${d.model} failed${seconds(d.milliseconds)}`, body: d.error.message || d.error.detail, more: [['Error', d.error]] }
    : { kind: 'model', text: `${d.model} answered${seconds(d.milliseconds)}${tokens(d.usage)}`, body: d.text, more: [['Tool calls', d.tool_calls && d.tool_calls.length ? d.tool_calls : null]] },
  tool_started: (d) => ({ kind: 'tool', text: `Calls ${d.label || d.tool}`, more: [['Arguments', d.arguments]] }),
  tool_finished: (d) => ({ kind: d.status === 'ok' ? 'tool' : d.status === 'error' ? 'warn' : 'bad', text: `${d.tool}: ${({ ok: 'done', error: 'refused, told to the model', retry: 'not done, will be tried again', unknown: 'no answer, in doubt' })[d.status] || d.status}${seconds(d.milliseconds)}`, more: [['Result', d.result]] }),
  change_saved: (d) => ({ kind: 'good change', text: `${d.dry_run ? 'Proposed, not saved' : d.operation === 'create' ? 'New draft' : 'Draft'}: ${d.label || d.entity}`, body: d.summary, link: d.url, more: [['Change', d]] }),
  approval_requested: (d) => ({ kind: 'warn', text: d.question, more: [['Arguments', d.arguments]], choices: d }),
  approval_given: (d) => ({ kind: 'good', text: `Decided: ${d.decision}${d.by ? ` by ${d.by}` : ''}`, body: d.note }),
  run_waiting: (d) => ({ kind: 'warn', text: `Waits for ${d.for}${d.until ? ` until ${new Date(d.until).toLocaleTimeString()}` : ''}`, body: d.message }),
  run_paused: (d) => ({ kind: 'warn', text: `Paused${d.by ? ` by ${d.by}` : ''}` }),
  run_resumed: (d) => ({ kind: 'good', text: `Goes on${d.by ? `, said ${d.by}` : d.after ? ` after ${d.after}` : ''}` }),
  run_retrying: (d) => ({ kind: 'warn', text: `Tries again${d.delay_seconds ? ` in ${Math.round(d.delay_seconds)} s` : ''} (${d.reason})`, body: d.message }),
  event_refused: (d) => ({ kind: 'bad', text: `Drupal refused an event of type ${d.refused_type}`, body: d.detail }),
  run_finished: (d) => ({ kind: d.state === 'completed' ? 'good' : 'bad', text: `${d.state[0].toUpperCase()}${d.state.slice(1)}${d.reason && d.reason !== 'done' ? ` (${d.reason})` : ''}`, body: d.message || (typeof d.output === 'string' ? d.output : ''), more: [['Output', typeof d.output === 'string' ? null : d.output]] }),
};

function link(url) {
  let target;
  try { target = new URL(url, location.href); } catch { return null; }
  if (target.protocol !== 'http:' && target.protocol !== 'https:') return null;
  const node = element('a', '', 'Open in Drupal');
  node.href = target.href;
  node.rel = 'noreferrer';
  return node;
}

function choices(request) {
  const node = element('div', 'choices');
  for (const choice of request.choices || []) {
    const button = element('button', '', choice.replace('_', ' '));
    button.type = 'button';
    button.addEventListener('click', () => {
      for (const other of node.querySelectorAll('button')) other.disabled = true;
      command('decide', { id: request.id, decision: choice });
    });
    node.append(button);
  }
  return node;
}

function show(event) {
  const make = SHOW[event.type];
  const shown = make ? make(event.data) : { text: event.type.replaceAll('_', ' '), more: [['Data', event.data]] };
  if (!shown) return;
  const item = element('li', shown.kind || '');
  item.dataset.seq = event.seq;
  item.dataset.type = event.type;
  const line = element('div', 'line');
  line.append(element('span', '', shown.text));
  const time = element('time', '', new Date(event.time).toLocaleTimeString());
  time.dateTime = event.time;
  time.title = event.time;
  line.append(time);
  item.append(line);
  if (shown.body) item.append(element('p', 'text', shown.body));
  if (shown.link) { const anchor = link(shown.link); if (anchor) item.append(anchor); }
  for (const [label, value] of shown.more || []) { const node = details(label, value); if (node) item.append(node); }
  if (shown.choices) item.append(choices(shown.choices));
  timeline.append(item);
}

function take(event) {
  if (event.seq <= last) return;
  if (last === 0 && event.seq > 1) {
    timeline.append(element('li', '', `Events 1 to ${event.seq - 1} are kept in Drupal, on the page of this run.`));
  }
  last = event.seq;
  show(event);
}

function showRun(run) {
  const state = document.getElementById('state');
  state.textContent = run.state;
  state.className = `state ${run.state}`;
  document.getElementById('waiting').textContent = run.waiting_for ? `for ${run.waiting_for}` : '';
  const reason = document.getElementById('reason');
  reason.hidden = !run.message;
  reason.textContent = run.message || '';
  reason.className = run.state === 'failed' || run.state === 'expired' ? 'notice bad' : 'notice';
  for (const node of document.querySelectorAll('[data-usage]')) showUsage(node, run.usage[node.dataset.usage] || 0);
  document.getElementById('commands').hidden = FINAL.has(run.state);
}

function showUsage(node, value) {
  node.textContent = node.dataset.usage === 'cost_micros' ? `US$ ${(value / 1e6).toFixed(value && value < 1e4 ? 4 : 2)}` : value.toLocaleString();
}

let asked = false;
function askRun() {
  if (asked) return;
  asked = true;
  setTimeout(async () => {
    asked = false;
    const answer = await fetch(base).catch(() => null);
    if (answer && answer.ok) showRun(await answer.json());
  }, 150);
}

async function command(name, body) {
  told.textContent = `${name} ...`;
  const answer = await fetch(`${base}/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body || {}),
  }).catch(() => null);
  if (!answer) {
    told.textContent = 'The sidecar does not answer.';
    return;
  }
  const document_ = await answer.json();
  told.textContent = answer.ok ? '' : document_.detail;
  if (answer.ok) showRun(document_);
}

function follow() {
  const source = new EventSource(`${base}/events?after=${last}`);
  source.addEventListener('open', () => { connection.className = 'connection on'; connection.textContent = 'live'; });
  source.addEventListener('event', (message) => {
    const event = JSON.parse(message.data);
    take(event);
    askRun();
    if (event.type === 'run_finished') {
      source.close();
      connection.className = 'connection';
      connection.textContent = 'finished';
    }
  });
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) {
      connection.className = 'connection';
      connection.textContent = section.dataset.live === 'yes' ? 'not connected' : '';
    } else {
      connection.className = 'connection off';
      connection.textContent = 'connecting again ...';
    }
  });
}

for (const time of document.querySelectorAll('#run time')) {
  time.title = time.dateTime;
  time.textContent = new Date(time.dateTime).toLocaleString();
}
for (const node of document.querySelectorAll('[data-usage="cost_micros"]')) showUsage(node, Number(node.dataset.micros));
for (const button of document.querySelectorAll('[data-command]')) {
  button.addEventListener('click', () => command(button.dataset.command));
}
follow();
