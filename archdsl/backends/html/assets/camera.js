// Pan and zoom: wheel, drag, pinch, buttons and keys.

const LEAST = 0.05;
const MOST = 6;
const CARD = 290; // pixels that the card takes

class Camera {
  constructor(canvas) {
    this.canvas = canvas;
    this.root = svg("g", { class: "camera" }, canvas);
    [this.x, this.y, this.scale] = [0, 0, 1];
    this.bounds = { x: 0, y: 0, width: 1, height: 1 };
    this.fitted = true;
    this.fingers = new Map();
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    for (const name of ["pointerdown", "pointermove", "pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this[name](event));
    new ResizeObserver(() => this.fitted && this.fit(false, this.readable)).observe(canvas);
  }

  apply(smooth) {
    this.root.classList.toggle("smooth", smooth);
    this.root.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    const size = Math.round(this.scale * 100);
    this.canvas.dispatchEvent(new CustomEvent("zoom", { detail: size }));
  }

  wheel(event) {
    event.preventDefault();
    const step = event.deltaMode === 1 ? 16 : 1;
    if (event.shiftKey && !event.ctrlKey) return this.move(-(event.deltaY || event.deltaX) * step, 0);
    const box = this.canvas.getBoundingClientRect();
    this.zoom(Math.exp(-event.deltaY * step * 0.0016), event.clientX - box.x, event.clientY - box.y);
  }

  zoom(factor, x = this.canvas.clientWidth / 2, y = this.canvas.clientHeight / 2, smooth = false) {
    const scale = Math.min(MOST, Math.max(LEAST, this.scale * factor));
    const ratio = scale / this.scale;
    this.x = x - (x - this.x) * ratio;
    this.y = y - (y - this.y) * ratio;
    this.scale = scale;
    this.fitted = false;
    this.apply(smooth);
  }

  move(dx, dy, smooth = false) {
    this.x += dx;
    this.y += dy;
    this.fitted = false;
    this.apply(smooth);
  }

  /** The whole picture, or from its beginning where that would be too small to read. */
  fit(smooth = true, readable = 0) {
    const [entire, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    if (!entire || !height) return;
    const width = entire > 820 ? entire - CARD : entire; // the card covers the right
    const { x, y, width: w, height: h } = this.bounds;
    const whole = Math.min((width - 48) / w, (height - 48) / h, 1.25);
    const across = Math.min((width - 48) / Math.min(w, h), (height - 48) / Math.min(w, h), 1);
    this.readable = readable;
    this.scale = Math.max(LEAST, whole, Math.min(readable, across));
    const fits = (size, room) => size * this.scale <= room - 40;
    this.x = fits(w, width) ? (width - w * this.scale) / 2 - x * this.scale : h > w ? (width - w * this.scale) / 2 - x * this.scale : 24 - x * this.scale;
    this.y = fits(h, height) ? (height - h * this.scale) / 2 - y * this.scale : h > w ? 24 - y * this.scale : (height - h * this.scale) / 2 - y * this.scale;
    this.fitted = true;
    this.apply(smooth);
  }

  actual() {
    this.zoom(1 / this.scale, undefined, undefined, true);
  }

  /** Brings a place of the picture into view, in the middle if it is out of it. */
  show(x, y, smooth = true) {
    const [sx, sy] = [this.x + x * this.scale, this.y + y * this.scale];
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight];
    const inside = sx > 60 && sx < width - 60 && sy > 40 && sy < height - 40;
    if (!inside) this.move(width / 2 - sx, height / 2 - sy, smooth);
  }

  pointerdown(event) {
    if (event.button > 0) return;
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    this.moved = 0;
  }

  pointermove(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    this.fingers.set(event.pointerId, now);
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    this.moved += Math.abs(dx) + Math.abs(dy);
    if (this.moved > 4 && !this.canvas.hasPointerCapture(event.pointerId)) this.canvas.setPointerCapture(event.pointerId);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) {
      if (this.moved > 4) this.move(dx, dy);
      return;
    }
    const apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
    const box = this.canvas.getBoundingClientRect();
    this.move(dx / 2, dy / 2);
    if (apart(before) > 5) this.zoom(apart(now) / apart(before), (now[0] + other[0]) / 2 - box.x, (now[1] + other[1]) / 2 - box.y);
  }

  pointerup(event) {
    this.fingers.delete(event.pointerId);
    this.dragged = this.moved > 4;
  }

  pointercancel(event) {
    this.fingers.delete(event.pointerId);
  }
}
