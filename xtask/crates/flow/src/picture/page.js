"use strict";
(() => {
  const blocks = JSON.parse(document.getElementById("data").textContent);
  const byId = new Map(blocks.map((block) => [block.id, block]));
  const canvas = document.getElementById("canvas");
  const picture = canvas.querySelector("svg");
  const panel = document.getElementById("panel");
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const [width, height] = [picture.viewBox.baseVal.width, picture.viewBox.baseVal.height];
  const shape = (id) => document.getElementById(id);
  const edges = [...picture.querySelectorAll(".edge")];

  // What is seen: the middle of the canvas in the picture's coordinates, and its scale.
  const view = { x: width / 2, y: height / 2, scale: 1 };

  function show() {
    view.x = Math.min(Math.max(view.x, 0), width);
    view.y = Math.min(Math.max(view.y, 0), height);
    const [w, h] = [canvas.clientWidth / view.scale, canvas.clientHeight / view.scale];
    picture.setAttribute("viewBox", `${view.x - w / 2} ${view.y - h / 2} ${w} ${h}`);
  }

  function fitting() {
    return Math.min(canvas.clientWidth / width, canvas.clientHeight / height) || 1;
  }

  function fit() {
    Object.assign(view, { x: width / 2, y: height / 2, scale: Math.min(fitting(), 1.5) });
    show();
  }

  // At first everything, unless that would be too small to read: then the entry point.
  function begin() {
    fit();
    if (view.scale >= 0.4) return;
    const entry = picture.querySelector(".entry rect");
    view.scale = 0.6;
    view.x = entry.x.baseVal.value + (canvas.clientWidth / 2 - 40) / view.scale;
    view.y = entry.y.baseVal.value;
    show();
  }

  // Zooms around a point of the canvas, given from its middle.
  function zoom(factor, dx = 0, dy = 0) {
    const least = Math.min(fitting(), 1) / 2;
    const scale = Math.min(Math.max(view.scale * factor, least), 4);
    view.x += dx / view.scale - dx / scale;
    view.y += dy / view.scale - dy / scale;
    view.scale = scale;
    show();
  }

  function move(dx, dy) {
    view.x += dx / view.scale;
    view.y += dy / view.scale;
    show();
  }

  function centre(id) {
    const place = shape(id).transform.baseVal.consolidate().matrix;
    const box = shape(id).querySelector(".box");
    view.x = place.e + box.width.baseVal.value / 2;
    view.y = place.f + box.height.baseVal.value / 2;
    view.scale = Math.max(view.scale, 0.7);
    show();
  }

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    made.textContent = text;
    return Object.assign(made, attributes);
  }

  function choose(id) {
    picture.querySelectorAll(".chosen").forEach((it) => it.classList.remove("chosen"));
    const block = byId.get(id);
    panel.hidden = !block;
    canvas.classList.toggle("choosing", Boolean(block));
    history.replaceState(null, "", block ? `#${encodeURIComponent(id)}` : location.pathname + location.search);
    if (block) {
      shape(id).classList.add("chosen");
      edges
        .filter((it) => it.dataset.from === id || it.dataset.to === id)
        .forEach((it) => it.classList.add("chosen"));
      panel.replaceChildren(...described(block));
    }
    show();
  }

  function described(block) {
    const close = element("button", "Close", { type: "button", className: "close" });
    close.addEventListener("click", () => choose(null));
    const parts = [close, element("h2", block.name), element("p", `${block.title} (${block.type})`)];
    if (block.mark) parts.push(element("p", block.mark));
    if (block.parameters.length > 0) parts.push(element("h3", "Parameters"), parameters(block));
    const out = block.ways.map((way) => wayButton(`${way.label} → ${way.name}`, way.to, way.error));
    if (out.length > 0) parts.push(element("h3", "Ways out"), list(out));
    const into = blocks.flatMap((from) =>
      from.ways
        .filter((way) => way.to === block.id)
        .map((way) => wayButton(`${from.name}: ${way.label}`, from.id, way.error)),
    );
    if (into.length > 0) parts.push(element("h3", "Ways in"), list(into));
    return parts;
  }

  function parameters(block) {
    const made = element("dl", "");
    for (const [path, value] of block.parameters) {
      made.append(element("dt", path), element("dd", value));
    }
    return made;
  }

  function list(items) {
    const made = element("ul", "");
    for (const item of items) {
      const entry = element("li", "");
      entry.append(item);
      made.append(entry);
    }
    return made;
  }

  function wayButton(text, to, isError) {
    const made = element("button", to ? text : `${text} (missing)`, { type: "button", disabled: !to });
    made.classList.toggle("error", isError);
    made.addEventListener("click", () => {
      choose(to);
      centre(to);
    });
    return made;
  }

  let hits = [];
  let hit = -1;

  function find() {
    const wanted = search.value.trim().toLowerCase();
    const text = (block) => [block.name, block.title, block.type, ...block.parameters.flat()].join("\n").toLowerCase();
    hits = wanted ? blocks.filter((block) => text(block).includes(wanted)).map((block) => block.id) : [];
    hit = -1;
    for (const block of blocks) shape(block.id).classList.toggle("found", hits.includes(block.id));
    found.textContent = wanted ? `${hits.length} found` : "";
  }

  function nextHit(step) {
    if (hits.length === 0) return;
    hit = hit < 0 && step < 0 ? hits.length - 1 : (hit + step + hits.length) % hits.length;
    found.textContent = `${hit + 1} of ${hits.length}`;
    choose(hits[hit]);
    centre(hits[hit]);
  }

  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const place = canvas.getBoundingClientRect();
    const dx = event.clientX - place.left - place.width / 2;
    const dy = event.clientY - place.top - place.height / 2;
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : 30;
    zoom(Math.exp(-event.deltaY * lines * 0.0015), dx, dy);
  }, { passive: false });

  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button === 0) drag = { x: event.clientX, y: event.clientY, id: event.pointerId, moved: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag || drag.id !== event.pointerId) return;
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    if (!drag.moved) canvas.setPointerCapture(drag.id);
    Object.assign(drag, { x: event.clientX, y: event.clientY, moved: true });
    canvas.classList.add("dragged");
    move(-dx, -dy);
  });
  canvas.addEventListener("pointerup", (event) => {
    const wasClick = drag && !drag.moved;
    drag = null;
    canvas.classList.remove("dragged");
    if (wasClick) choose(event.target.closest(".block")?.id ?? null);
  });
  canvas.addEventListener("pointercancel", () => {
    drag = null;
    canvas.classList.remove("dragged");
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === search) return;
    const step = 80;
    const keys = {
      "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), "0": fit,
      "/": () => search.focus(), "n": () => nextHit(1), "N": () => nextHit(-1), "Escape": () => choose(null),
    };
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const isOnCanvas = event.target === canvas || event.target === document.body;
    if (event.key in keys) keys[event.key]();
    else if (event.key in moves && isOnCanvas) move(...moves[event.key]);
    else return;
    event.preventDefault();
  });
  search.addEventListener("input", find);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") nextHit(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") {
      search.value = "";
      find();
      canvas.focus();
    }
  });
  document.getElementById("in").addEventListener("click", () => zoom(1.25));
  document.getElementById("out").addEventListener("click", () => zoom(0.8));
  document.getElementById("fit").addEventListener("click", fit);

  function follow() {
    let id = location.hash.slice(1);
    try {
      id = decodeURIComponent(id);
    } catch {
      return;
    }
    if (byId.has(id)) {
      choose(id);
      centre(id);
    }
  }
  window.addEventListener("hashchange", follow);
  new ResizeObserver(show).observe(canvas);
  begin();
  follow();
})();
