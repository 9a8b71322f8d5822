'use strict';
// Pan, zoom, choose, find. All text goes through text nodes; nothing here builds markup.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const stage = document.getElementById('stage');
  const svg = document.getElementById('picture');
  const panel = document.getElementById('panel');
  const search = document.getElementById('search');
  const found = document.getElementById('found');

  // ---- the view -------------------------------------------------------------------------
  const whole = svg.viewBox.baseVal;
  const full = { x: whole.x, y: whole.y, w: whole.width, h: whole.height };
  let view = { ...full };

  const show = () => svg.setAttribute('viewBox', [view.x, view.y, view.w, view.h].join(' '));

  // The picture's units per pixel of the screen.
  const unit = () => Math.max(view.w / stage.clientWidth, view.h / stage.clientHeight) || 1;

  function fit() {
    view = { ...full };
    // A small picture stays at its natural size.
    const grow = Math.max(stage.clientWidth / full.w, 0) < Math.max(stage.clientHeight / full.h, 0)
      ? stage.clientWidth / full.w : stage.clientHeight / full.h;
    if (grow > 1.25) zoom(1.25 / grow, null);
    show();
  }

  // Keeps the point under the pointer where it is.
  function zoom(factor, at) {
    const now = unit();
    const next = Math.min(Math.max(now / factor, 0.08), 4 * Math.max(full.w / 300, full.h / 300));
    const scale = next / now;
    const point = at ?? { x: view.x + view.w / 2, y: view.y + view.h / 2 };
    view.x = point.x - (point.x - view.x) * scale;
    view.y = point.y - (point.y - view.y) * scale;
    view.w *= scale;
    view.h *= scale;
    show();
  }

  function pan(dx, dy) {
    view.x -= dx * unit();
    view.y -= dy * unit();
    show();
  }

  function toPicture(clientX, clientY) {
    const matrix = svg.getScreenCTM();
    if (!matrix) return null;
    const point = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse());
    return { x: point.x, y: point.y };
  }

  // Brings an element into the middle if it is not in sight.
  function reveal(element) {
    const box = element.getBoundingClientRect();
    const frame = stage.getBoundingClientRect();
    const inside = box.left >= frame.left && box.right <= frame.right &&
      box.top >= frame.top && box.bottom <= frame.bottom;
    if (inside && box.height > 14) return;
    if (box.height <= 14 || box.height > frame.height) {
      const natural = 1 / unit();
      if (natural < 0.7) zoom(0.9 / natural, toPicture(box.left + box.width / 2, box.top + box.height / 2));
    }
    const after = element.getBoundingClientRect();
    pan(frame.left + frame.width / 2 - (after.left + after.width / 2),
      frame.top + frame.height / 2 - (after.top + after.height / 2));
  }

  stage.addEventListener('wheel', (event) => {
    event.preventDefault();
    const step = event.deltaMode === 1 ? event.deltaY * 18 : event.deltaY;
    zoom(Math.exp(-Math.max(-240, Math.min(240, step)) * 0.0018), toPicture(event.clientX, event.clientY));
  }, { passive: false });

  const pointers = new Map();
  let travelled = 0;
  stage.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    if (pointers.size === 0) travelled = 0;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  stage.addEventListener('pointermove', (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    if (travelled < 4) return;
    if (!stage.classList.contains('dragging')) {
      stage.classList.add('dragging');
      stage.setPointerCapture(event.pointerId);
    }
    pointers.set(event.pointerId, now);
    if (other) {
      const apart = (a) => Math.max(1, Math.hypot(a.x - other.x, a.y - other.y));
      zoom(apart(now) / apart(before), toPicture((now.x + other.x) / 2, (now.y + other.y) / 2));
    } else {
      pan(now.x - before.x, now.y - before.y);
    }
  });
  for (const name of ['pointerup', 'pointercancel']) {
    window.addEventListener(name, (event) => {
      pointers.delete(event.pointerId);
      if (pointers.size === 0) stage.classList.remove('dragging');
    });
  }

  document.getElementById('in').addEventListener('click', () => zoom(1.3, null));
  document.getElementById('out').addEventListener('click', () => zoom(1 / 1.3, null));
  document.getElementById('fit').addEventListener('click', fit);
  window.addEventListener('beforeprint', () => { view = { ...full }; show(); });
  window.addEventListener('resize', show);

  // ---- what is connected to what --------------------------------------------------------
  const same = (a, b) => a[0] === b[0] && a[1] === b[1];
  const find = (end) => svg.querySelector(`[data-${end[0]}="${Number(end[1])}"]`);
  const nameOf = (end) => data[end[0]][end[1]].label;

  // A box and everything inside of it.
  function family(index) {
    const members = new Set([index]);
    let grown = true;
    while (grown) {
      grown = false;
      data.box.forEach((item, at) => {
        if (item.parent !== null && members.has(item.parent) && !members.has(at)) {
          members.add(at);
          grown = true;
        }
      });
    }
    return members;
  }

  // The end that wires name: imports with the same callers share their wires.
  const leader = (end) => (end[0] === 'import' ? ['import', data.import[end[1]].group] : end);
  const groupOf = (end) => data.import.map((_, at) => at).filter((at) => data.import[at].group === end[1]);

  function touching(end) {
    if (end[0] === 'trunk') return (wire) => wire.trunk === end[1];
    if (end[0] !== 'box') return (wire) => same(wire.from, leader(end)) || same(wire.to, leader(end));
    const members = family(end[1]);
    const inside = (other) => other[0] === 'box' && members.has(other[1]);
    return (wire) => inside(wire.from) || inside(wire.to);
  }

  let chosen = null;
  function choose(end) {
    chosen = end;
    svg.querySelectorAll('.on, .self').forEach((element) => element.classList.remove('on', 'self'));
    svg.classList.toggle('chosen', end !== null);
    if (end === null) {
      overview();
      return;
    }
    const matches = touching(end);
    const on = (other) => {
      // A chosen import lights up alone, the imports of a chosen caller all together.
      if (other[0] !== 'import') find(other)?.classList.add('on');
      else if (end[0] !== 'import') groupOf(other).forEach((at) => find(['import', at])?.classList.add('on'));
    };
    data.wires.forEach((wire, index) => {
      if (!matches(wire)) return;
      svg.querySelector(`[data-wire="${index}"]`)?.classList.add('on');
      svg.querySelectorAll(`.g-name[data-trunk="${wire.trunk}"]`).forEach((label) => label.classList.add('on'));
      on(wire.from);
      on(wire.to);
    });
    if (end[0] === 'box') family(end[1]).forEach((member) => on(['box', member]));
    const targets = end[0] === 'trunk' ? svg.querySelectorAll(`.g-name[data-trunk="${end[1]}"]`) : [find(end)];
    targets.forEach((target) => target?.classList.add('on', 'self'));
    describe(end);
  }

  // ---- the panel ------------------------------------------------------------------------
  function make(tag, className, text) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function endButton(end) {
    const button = make('button', 'end', nameOf(end));
    button.type = 'button';
    button.addEventListener('click', () => {
      choose(end);
      const element = find(end);
      if (element) reveal(element);
    });
    return button;
  }

  function list(heading, items) {
    if (items.length === 0) return;
    panel.append(make('h3', '', `${heading} (${items.length})`));
    const all = make('ul');
    items.forEach((item) => all.append(item));
    panel.append(all);
  }

  function plain(text) {
    return make('li', 'code', text);
  }

  // One wire, told from the side of the chosen end, or those of its links that concern it.
  function wireItem(wire, other, word, links = wire.links) {
    const item = make('li');
    item.append(`${word} `, endButton(other));
    if (wire.kind !== 'static' && wire.kind !== 'host') item.append(' ', make('span', 'tag', wire.kind));
    const said = [nameOf(other), chosen && chosen[0] !== 'trunk' ? nameOf(chosen) : null];
    links.forEach((link) => {
      if (!said.includes(link.label)) item.append(make('div', 'code', link.label));
      if (link.functions.length > 0) item.append(make('div', 'code functions', link.functions.join(', ')));
    });
    return item;
  }

  // A wire to imports, as one item for each import.
  function importItems(wire, word) {
    const ports = [...new Set(wire.links.map((link) => link.import).filter((port) => port !== null))];
    if (ports.length === 0) return [wireItem(wire, wire.to, word)];
    return ports.map((port) => wireItem(wire, ['import', port], word, wire.links.filter((link) => link.import === port)));
  }

  function clearPanel(title) {
    panel.replaceChildren();
    if (title === undefined) return;
    const close = make('button', 'close', '×');
    close.type = 'button';
    close.title = 'close (Esc)';
    close.setAttribute('aria-label', 'close');
    close.addEventListener('click', () => choose(null));
    panel.append(close, make('h2', '', title));
    panel.scrollTop = 0;
  }

  function describe(end) {
    const wires = data.wires.filter(touching(end));
    if (end[0] === 'trunk') {
      const names = [...new Set(wires.flatMap((wire) => wire.links.map((link) => link.label)))];
      clearPanel(names.join(', ') || 'link');
      if (wires.length > 0) {
        const to = make('p', '', 'provided by ');
        if (wires[0].to[0] === 'import') to.append('the host');
        else to.append(endButton(wires[0].to));
        panel.append(to, make('span', 'tag', wires[0].kind));
      }
      list('called by', wires.map((wire) => wireItem(wire, wire.from, '')));
      return;
    }
    const item = data[end[0]][end[1]];
    clearPanel(item.label);
    if (end[0] !== 'box') {
      panel.append(make('span', 'tag', end[0]));
      if (!item.used) panel.append(make('span', 'tag', 'never called'));
      list('about it', item.detail.map(plain));
      list(end[0] === 'import' ? 'called by' : 'calls', wires.map((wire) =>
        wireItem(wire, same(wire.to, leader(end)) ? wire.from : wire.to, '',
          end[0] === 'import' ? wire.links.filter((link) => link.import === null || link.import === end[1]) : wire.links)
      ));
      return;
    }
    panel.append(make('span', 'tag', item.kind));
    panel.append(make('p', 'code', item.id));
    if (item.sublabel) panel.append(make('p', 'code', item.sublabel));
    const members = family(end[1]);
    const inside = (other) => other[0] === 'box' && members.has(other[1]);
    const who = (mine) => (mine[1] === end[1] ? '' : `${nameOf(mine)} ·`);
    const leaving = wires.filter((wire) => !inside(wire.to));
    const entering = wires.filter((wire) => !inside(wire.from));
    list('calls', leaving.filter((wire) => wire.to[0] === 'box').map((wire) => wireItem(wire, wire.to, who(wire.from))));
    list('imports from the host', leaving.filter((wire) => wire.to[0] !== 'box').flatMap((wire) => importItems(wire, who(wire.from))));
    list('called by', entering.filter((wire) => wire.from[0] === 'box').map((wire) => wireItem(wire, wire.from, who(wire.to))));
    list('exported as', entering.filter((wire) => wire.from[0] !== 'box').map((wire) => wireItem(wire, wire.from, who(wire.to))));
    item.details.forEach((detail) => list(detail.heading, detail.items.map(plain)));
    const children = data.box.map((_, at) => at).filter((at) => data.box[at].parent === end[1]);
    list('instances inside', children.map((at) => {
      const child = make('li');
      child.append(endButton(['box', at]));
      return child;
    }));
  }

  function overview() {
    clearPanel();
    const count = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`;
    panel.append(make('h2', '', 'overview'), make('p', '', [count(data.box.length, 'instance'),
      count(data.wires.reduce((sum, wire) => sum + wire.links.length, 0), 'link'),
      count(data.import.length, 'import'), count(data.export.length, 'export')].join(', ')));
    const help = make('p');
    help.append('Click an instance or a link. ', make('kbd', '', '+'), ' ', make('kbd', '', '-'), ' zoom, ',
      make('kbd', '', '0'), ' fits, ', make('kbd', '', '/'), ' finds, ', make('kbd', '', 'Esc'), ' clears.');
    panel.append(help);
    list('instances', data.box.map((_, at) => {
      const item = make('li');
      item.append(endButton(['box', at]));
      return item;
    }).slice(0, 200));
  }

  function endOf(element) {
    const target = element?.closest?.('[data-box], [data-import], [data-export], [data-trunk]');
    if (!target || !svg.contains(target)) return null;
    for (const kind of ['box', 'import', 'export', 'trunk']) {
      if (kind in target.dataset) return [kind, Number(target.dataset[kind])];
    }
    return null;
  }

  stage.addEventListener('click', (event) => {
    if (travelled >= 4) {
      travelled = 0;
      return;
    }
    choose(endOf(event.target));
  });

  // ---- finding --------------------------------------------------------------------------
  let matches = [];
  let current = -1;
  function look() {
    const wanted = search.value.trim().toLowerCase();
    svg.querySelectorAll('.match').forEach((element) => element.classList.remove('match'));
    matches = [];
    current = -1;
    found.textContent = '';
    if (wanted === '') return;
    const has = (...texts) => texts.some((text) => text.toLowerCase().includes(wanted));
    data.box.forEach((item, at) => {
      if (has(item.label, item.id, item.sublabel, item.kind)) matches.push(['box', at]);
    });
    for (const kind of ['export', 'import']) {
      data[kind].forEach((item, at) => { if (has(item.label, ...item.detail)) matches.push([kind, at]); });
    }
    const trunks = new Set();
    data.wires.forEach((wire) => {
      if (wire.links.some((link) => has(link.label, ...link.functions))) trunks.add(wire.trunk);
    });
    trunks.forEach((trunk) => {
      if (svg.querySelector(`.g-name[data-trunk="${trunk}"]`)) matches.push(['trunk', trunk]);
    });
    matches.forEach((end) => {
      const all = end[0] === 'trunk' ? svg.querySelectorAll(`.g-name[data-trunk="${end[1]}"]`) : [find(end)];
      all.forEach((element) => element?.classList.add('match'));
    });
    found.textContent = matches.length === 1 ? '1 match' : `${matches.length} matches`;
  }

  search.addEventListener('input', look);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && matches.length > 0) {
      current = (current + (event.shiftKey ? matches.length - 1 : 1)) % matches.length;
      const end = matches[current];
      const element = end[0] === 'trunk' ? svg.querySelector(`.g-name[data-trunk="${end[1]}"]`) : find(end);
      choose(end);
      if (element) reveal(element);
      found.textContent = `${current + 1} of ${matches.length}`;
    } else if (event.key === 'Escape') {
      search.value = '';
      look();
      search.blur();
    }
  });

  // ---- keys -----------------------------------------------------------------------------
  document.addEventListener('keydown', (event) => {
    if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 60;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const end = endOf(document.activeElement);
    if (event.key === '+' || event.key === '=') zoom(1.3, null);
    else if (event.key === '-' || event.key === '_') zoom(1 / 1.3, null);
    else if (event.key === '0') fit();
    else if (event.key === '/') search.focus();
    else if (event.key === 'Escape') choose(null);
    else if (moves[event.key] && !panel.contains(document.activeElement)) pan(...moves[event.key]);
    else if ((event.key === 'Enter' || event.key === ' ') && end) choose(end);
    else return;
    event.preventDefault();
  });
  // Tabbing to something out of sight brings it into sight.
  svg.addEventListener('focusin', (event) => {
    if (endOf(event.target) && event.target.matches(':focus-visible')) {
      stage.scrollTo(0, 0);
      const box = event.target.getBoundingClientRect();
      const frame = stage.getBoundingClientRect();
      if (box.right < frame.left || box.left > frame.right || box.bottom < frame.top || box.top > frame.bottom) {
        reveal(event.target);
      }
    }
  });

  overview();
  fit();
})();
