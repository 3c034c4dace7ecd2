"use strict";
// A picture in a part of the page, with zoom and pan. `moved` hears of every new view, `picked` of
// clicks, with the id of the block or null.
function makePane(canvas, { moved = () => {}, picked = () => {} }) {
  const picture = canvas.querySelector("svg");
  const [width, height] = [picture.viewBox.baseVal.width, picture.viewBox.baseVal.height];
  const shape = (id) => document.getElementById(id);

  // What is seen: the middle of the canvas in the picture's coordinates, and its scale.
  const view = { x: width / 2, y: height / 2, scale: 1 };

  function show() {
    view.x = Math.min(Math.max(view.x, 0), width);
    view.y = Math.min(Math.max(view.y, 0), height);
    draw();
    moved(view);
  }

  function draw() {
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
    const half = canvas.clientHeight / 2 / view.scale;
    view.y = height < 2 * half ? height / 2 : Math.min(Math.max(entry.y.baseVal.value, half), height - half);
    show();
  }

  function isPart() {
    return view.scale > fitting();
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
    if (wasClick) picked(event.target.closest(".block")?.id ?? null);
  });
  canvas.addEventListener("pointercancel", () => {
    drag = null;
    canvas.classList.remove("dragged");
  });

  new ResizeObserver(draw).observe(canvas);
  return { canvas, picture, view, draw, show, fit, begin, isPart, zoom, move, centre };
}
