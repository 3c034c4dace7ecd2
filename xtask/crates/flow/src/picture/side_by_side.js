(() => {
  const list = document.getElementById("changes");
  const items = [...list.querySelectorAll(".change")];
  const together = document.getElementById("together");
  const sides = ["before", "after"];
  const prefixes = { before: "old-", after: "new-" };
  let isFollowing = false;

  const panes = {};
  for (const side of sides) {
    panes[side] = makePane(document.getElementById(side), {
      moved: (view) => follow(side, view),
      picked: (id) => pick(id?.slice(prefixes[side].length) ?? null),
    });
  }
  let last = panes.after;
  for (const side of sides) {
    for (const name of ["pointerdown", "focus", "wheel"]) {
      panes[side].canvas.addEventListener(name, () => { last = panes[side]; }, { passive: true });
    }
  }

  // Both pictures have the same frame, so the same view shows the same part of the flow.
  function follow(side, view) {
    if (isFollowing || !together.checked) return;
    const other = panes[side === "before" ? "after" : "before"];
    if (!other) return;
    isFollowing = true;
    Object.assign(other.view, view);
    other.show();
    isFollowing = false;
  }

  const shape = (side, block) => block && document.getElementById(prefixes[side] + block);
  let chosen = -1;

  function clear() {
    document.querySelectorAll(".chosen").forEach((it) => it.classList.remove("chosen"));
    for (const side of sides) panes[side].canvas.classList.remove("choosing");
    for (const item of items) item.querySelector(".pick").removeAttribute("aria-current");
  }

  function highlight(block) {
    for (const side of sides) {
      const found = shape(side, block);
      if (!found) continue;
      found.classList.add("chosen");
      const edges = [...panes[side].picture.querySelectorAll(".edge")];
      const own = edges.filter((it) => it.dataset.from === found.id || it.dataset.to === found.id);
      own.forEach((it) => it.classList.add("chosen"));
      panes[side].canvas.classList.add("choosing");
    }
  }

  // Where a version lacks the block, its picture has a gap of the same name.
  function centre(block) {
    for (const side of together.checked ? ["after"] : sides) {
      if (shape(side, block)) panes[side].centre(prefixes[side] + block);
    }
  }

  // Scrolls the list alone; the page would lose the pictures from sight.
  function reveal(item) {
    const [box, frame] = [item.getBoundingClientRect(), list.getBoundingClientRect()];
    if (box.top < frame.top) list.scrollTop += box.top - frame.top - 8;
    else if (box.bottom > frame.bottom) list.scrollTop += Math.min(box.bottom - frame.bottom, box.top - frame.top - 8);
  }

  function choose(n, isCentred) {
    clear();
    chosen = n;
    const item = items[n];
    const hash = item ? `#${item.id}` : location.pathname + location.search;
    history.replaceState(null, "", hash);
    if (!item) return;
    item.classList.add("chosen");
    item.querySelector(".pick").setAttribute("aria-current", "true");
    reveal(item);
    highlight(item.dataset.block);
    if (isCentred) centre(item.dataset.block);
  }

  function pick(block) {
    const n = items.findIndex((it) => block && it.dataset.block === block && !it.dataset.entry);
    choose(n, false);
    if (n < 0) highlight(block);
  }

  function step(by) {
    if (items.length === 0) return;
    const from = chosen < 0 && by < 0 ? 0 : chosen;
    choose((from + by + items.length) % items.length, true);
  }

  items.forEach((item, n) => item.querySelector(".pick").addEventListener("click", () => choose(n, true)));

  function both(act) {
    act(last);
    if (!together.checked) act(last === panes.after ? panes.before : panes.after);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const far = 80;
    const pane = sides.map((side) => panes[side]).find((it) => it.canvas === event.target);
    const keys = {
      "j": () => step(1), "k": () => step(-1), "Escape": () => choose(-1, false),
      "+": () => both((it) => it.zoom(1.25)), "=": () => both((it) => it.zoom(1.25)),
      "-": () => both((it) => it.zoom(0.8)), "0": () => both((it) => it.fit()),
    };
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    if (event.key in keys) keys[event.key]();
    else if (pane && event.key in moves) pane.move(...moves[event.key]);
    else if (event.key === "ArrowDown") step(1);
    else if (event.key === "ArrowUp") step(-1);
    else return;
    event.preventDefault();
  });
  document.getElementById("next").addEventListener("click", () => step(1));
  document.getElementById("previous").addEventListener("click", () => step(-1));
  document.getElementById("in").addEventListener("click", () => both((it) => it.zoom(1.25)));
  document.getElementById("out").addEventListener("click", () => both((it) => it.zoom(0.8)));
  document.getElementById("fit").addEventListener("click", () => both((it) => it.fit()));
  together.addEventListener("change", () => last.show());
  window.addEventListener("beforeprint", () => {
    list.querySelectorAll("details").forEach((it) => { it.open = true; });
    both((it) => it.fit());
  });

  function fromAddress() {
    const n = items.findIndex((it) => `#${it.id}` === location.hash);
    if (n >= 0) choose(n, true);
  }
  window.addEventListener("hashchange", fromAddress);
  panes.after.begin();
  // Where not everything can be read at once, the first difference is what one came for.
  if (panes.after.isPart() && items.length > 0) centre(items[0].dataset.block);
  fromAddress();
})();
