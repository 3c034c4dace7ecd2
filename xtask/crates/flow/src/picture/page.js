(() => {
  const blocks = JSON.parse(document.getElementById("data").textContent);
  const byId = new Map(blocks.map((block) => [block.id, block]));
  const canvas = document.getElementById("canvas");
  const panel = document.getElementById("panel");
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const shape = (id) => document.getElementById(id);
  const pane = makePane(canvas, { picked: choose });
  const { picture, show, fit, zoom, move, centre } = pane;
  const edges = [...picture.querySelectorAll(".edge")];

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
  pane.begin();
  follow();
})();
