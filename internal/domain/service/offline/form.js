// Keeps the entries of a form that was opened from the disk, and saves them as
// the log that `balai offline reconcile` reads. Nothing leaves the machine.
'use strict';
const form = document.getElementById('entry');
const pack = document.body.dataset.pack;
const limit = Number(document.body.dataset.entries);
const store = 'balai-offline-' + pack;
const hex = (bytes) => Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
const random = (n) => hex(crypto.getRandomValues(new Uint8Array(n)));
const blank = () => ({ log: random(4), n: 0, last: '', lines: [] });
const state = JSON.parse(localStorage.getItem(store) || 'null') || blank();

async function sum(text) {
  return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))));
}

function show() {
  document.getElementById('count').textContent = String(state.n);
  document.getElementById('save').hidden = state.n === 0;
}

function local(date) {
  const pad = (n) => String(n).padStart(2, '0');
  const zone = -date.getTimezoneOffset();
  return date.getFullYear() + '-' + pad(date.getMonth() + 1) + '-' + pad(date.getDate()) + 'T' + pad(date.getHours()) + ':' +
    pad(date.getMinutes()) + ':' + pad(date.getSeconds()) + (zone < 0 ? '-' : '+') + pad(Math.floor(Math.abs(zone) / 60)) + ':' + pad(Math.abs(zone) % 60);
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (!form.reportValidity() || state.n >= limit) return;
  const values = {};
  const own = { officer: '', person_name: '', id_number: '' };
  for (const [name, value] of new FormData(form)) {
    if (name in own) own[name] = value.trim();
    else if (value !== '') (values[name] ||= []).push(value);
  }
  const n = state.n + 1;
  const number = pack + '-' + state.log + '-' + String(n).padStart(3, '0');
  const entry = JSON.stringify({ pack, log: state.log, n, number, key: random(16), at: local(new Date()), officer: own.officer,
    name: own.person_name, id_number: own.id_number, values, prev: state.last });
  const hash = await sum(entry);
  state.lines.push(JSON.stringify({ entry, hash }));
  state.n = n;
  state.last = hash;
  localStorage.setItem(store, JSON.stringify(state));
  form.reset();
  document.getElementById('officer').value = own.officer;
  document.getElementById('number').textContent = number;
  document.getElementById('kept').hidden = false;
  window.scrollTo(0, 0);
  show();
});

document.getElementById('save').addEventListener('click', () => {
  const end = JSON.stringify({ close: { log: state.log, count: state.n, last: state.last } });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([state.lines.join('\n'), '\n', end, '\n'], { type: 'application/jsonl' }));
  link.download = pack + '-' + state.log + '.jsonl';
  link.click();
});
show();
