// The map of the literature: points in WebGL, topic names as text above them. Loaded on the map page alone.
const root = document.querySelector("[data-map]");
if (root) start(root).catch((error) => report(String(error)));

function report(text) {
  const line = document.querySelector("[data-map-status]");
  if (line) line.textContent = text;
}

async function start(root) {
  const [buffer, content] = await Promise.all([
    fetch(root.dataset.points).then((answer) => answer.arrayBuffer()),
    fetch(root.dataset.topics).then((answer) => answer.json()),
  ]);
  const count = new Uint32Array(buffer, 0, 1)[0];
  const places = new Float32Array(buffer, 4, count * 2);
  const topics = new Uint16Array(buffer, 4 + count * 8, count);
  const years = new Uint16Array(buffer, 4 + count * 10, count);
  new Chart(root, { count, places, topics, years, content });
}

const VERTEX = `attribute vec2 place; attribute float shade; attribute float lit;
uniform vec2 centre; uniform vec2 scale; uniform float size; varying float tone; varying float on;
void main() { gl_Position = vec4((place - centre) * scale, 0.0, 1.0); gl_PointSize = size * (lit > 0.5 ? 1.6 : 1.0); tone = shade; on = lit; }`;
const FRAGMENT = `precision mediump float; uniform vec3 spring; uniform vec3 seal; uniform vec3 pale; uniform float some; varying float tone; varying float on;
void main() { vec2 d = gl_PointCoord - 0.5; if (dot(d, d) > 0.25) discard;
  vec3 colour = mix(pale, spring, 0.35 + 0.65 * tone); float strength = 0.75;
  if (some > 0.5) { colour = on > 0.5 ? seal : pale; strength = on > 0.5 ? 0.95 : 0.3; }
  gl_FragColor = vec4(colour * strength, strength); }`;

class Chart {
  constructor(root, data) {
    Object.assign(this, data);
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.labels = root.querySelector(".atlas-labels");
    this.form = document.querySelector("[data-map-form]");
    this.centre = [0, 0];
    this.zoom = 1;
    this.lit = new Uint8Array(this.count);
    this.mask = null;
    this.some = false;
    const gl = this.canvas.getContext("webgl", { antialias: false, preserveDrawingBuffer: true });
    if (!gl) return report("WebGL");
    this.gl = gl;
    this.prepare();
    this.listen();
    this.makeLabels();
    new ResizeObserver(() => this.resize()).observe(root);
    this.resize();
    this.tell();
    root.dataset.ready = String(this.count);
    root.chart = this;
  }

  prepare() {
    const gl = this.gl;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    this.at = (name) => gl.getUniformLocation(program, name);
    const first = Math.min(...this.range());
    const span = Math.max(Math.max(...this.range()) - first, 1);
    const shades = Float32Array.from(this.years, (year) => (year - first) / span);
    this.bind(program, "place", this.places, 2);
    this.bind(program, "shade", shades, 1);
    this.litBuffer = this.bind(program, "lit", new Float32Array(this.count), 1);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    this.paint();
  }

  range() {
    let low = 65535, high = 0;
    for (const year of this.years) { if (year < low) low = year; if (year > high) high = year; }
    return [low, high];
  }

  bind(program, name, values, width) {
    const gl = this.gl, buffer = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    const place = gl.getAttribLocation(program, name);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, width, gl.FLOAT, false, 0, 0);
    return buffer;
  }

  paint() {
    const probe = document.createElement("span");
    this.root.append(probe);
    for (const [name, token] of [["spring", "--spring"], ["seal", "--seal"], ["pale", "--line-strong"]]) {
      probe.style.color = `var(${token})`;
      const parts = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
      this.gl.uniform3fv(this.at(name), parts.map((part) => part / 255));
    }
    probe.remove();
  }

  resize() {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.width = this.root.clientWidth;
    this.height = this.root.clientHeight;
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    this.ratio = ratio;
    this.gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    this.draw();
  }

  scale() {
    const least = Math.min(this.width, this.height);
    return [(this.zoom * least) / this.width, (this.zoom * least) / this.height];
  }

  draw() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = 0;
      this.drawNow();
    });
  }

  drawNow() {
    const gl = this.gl;
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2fv(this.at("centre"), this.centre);
    gl.uniform2fv(this.at("scale"), this.scale());
    const base = Math.sqrt(20000 / Math.max(this.count, 2000)) * 2.2;
    gl.uniform1f(this.at("size"), Math.min(Math.max(base * Math.sqrt(this.zoom), 1), 14) * this.ratio);
    gl.uniform1f(this.at("some"), this.some ? 1 : 0);
    gl.drawArrays(gl.POINTS, 0, this.count);
    this.placeLabels();
  }

  makeLabels() {
    const order = [...this.content.topics].sort((a, b) => b.works - a.works);
    this.names = order.map((topic) => {
      const link = document.createElement("a");
      link.textContent = topic.name;
      link.href = this.root.dataset.topic.replace(/0\/$/, `${topic.id}/`);
      link.hidden = true;
      this.labels.append(link);
      return { topic, link, wide: 0 };
    });
  }

  onScreen(x, y) {
    const [across, down] = this.scale();
    return [((x - this.centre[0]) * across + 1) * this.width / 2, (1 - (y - this.centre[1]) * down) * this.height / 2];
  }

  placeLabels() {
    const taken = [];
    let shown = 0;
    for (const name of this.names) {
      const [x, y] = this.onScreen(name.topic.x, name.topic.y);
      const inside = x > 0 && x < this.width && y > 0 && y < this.height && shown < 64;
      if (!inside) { name.link.hidden = true; continue; }
      name.wide = name.wide || measure(name.topic.name);
      const left = Math.min(Math.max(x - name.wide / 2, 2), this.width - name.wide - 2);
      const top = Math.min(Math.max(y - 12, 2), this.height - 26);
      const box = [left, top, left + name.wide, top + 24];
      const free = !taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]);
      name.link.hidden = !free;
      if (!free) continue;
      name.link.style.transform = `translate(${left}px, ${top}px)`;
      taken.push(box);
      shown += 1;
    }
  }

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoomAt(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY);
    }, { passive: false });
    const held = new Map();
    canvas.addEventListener("pointerdown", (event) => { held.set(event.pointerId, event); canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => {
      const before = held.get(event.pointerId);
      if (!before) return;
      if (held.size === 2) {
        const other = [...held.values()].find((one) => one.pointerId !== event.pointerId);
        const was = Math.hypot(before.offsetX - other.offsetX, before.offsetY - other.offsetY);
        const is = Math.hypot(event.offsetX - other.offsetX, event.offsetY - other.offsetY);
        this.zoomAt(is / Math.max(was, 1), (event.offsetX + other.offsetX) / 2, (event.offsetY + other.offsetY) / 2);
      } else this.move(event.offsetX - before.offsetX, event.offsetY - before.offsetY);
      held.set(event.pointerId, event);
    });
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, (event) => held.delete(event.pointerId));
    canvas.addEventListener("keydown", (event) => this.key(event));
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.filter(); });
    this.form.addEventListener("reset", () => setTimeout(() => this.filter(), 0));
    document.querySelector("[data-map-png]").addEventListener("click", () => this.png());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { this.paint(); this.draw(); });
  }

  key(event) {
    const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    if (step) this.move(...step);
    else if (event.key === "+" || event.key === "=") this.zoomAt(1.25, this.width / 2, this.height / 2);
    else if (event.key === "-") this.zoomAt(0.8, this.width / 2, this.height / 2);
    else return;
    event.preventDefault();
  }

  move(across, down) {
    const [wide, high] = this.scale();
    this.centre[0] -= (across * 2) / this.width / wide;
    this.centre[1] += (down * 2) / this.height / high;
    this.draw();
  }

  zoomAt(factor, x, y) {
    const next = Math.min(Math.max(this.zoom * factor, 0.6), 80);
    const [wide, high] = this.scale();
    const u = (x / this.width) * 2 - 1, v = 1 - (y / this.height) * 2;
    const change = 1 - this.zoom / next;
    this.centre[0] += (u / wide) * change;
    this.centre[1] += (v / high) * change;
    this.zoom = next;
    this.draw();
  }

  async filter() {
    const asked = new FormData(this.form);
    const query = new URLSearchParams();
    for (const name of ["countries", "institutions", "funders", "question", "like", "people"]) if (asked.get(name)) query.set(name, asked.get(name));
    this.mask = query.size ? new Uint8Array(await fetch(`${this.root.dataset.mask}?${query}`).then((answer) => answer.arrayBuffer())) : null;
    const first = Number(asked.get("first") || 0), last = Number(asked.get("last") || 9999);
    const [low, high] = this.range();
    this.some = Boolean(this.mask) || first > low || last < high;
    const values = new Float32Array(this.count);
    for (let i = 0; i < this.count; i += 1) {
      values[i] = this.years[i] >= first && this.years[i] <= last && (!this.mask || this.mask[i]) ? 1 : 0;
      this.lit[i] = values[i];
    }
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.litBuffer);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, values, this.gl.STATIC_DRAW);
    this.draw();
    this.tell();
  }

  tell() {
    const line = document.querySelector("[data-map-status]");
    const lit = this.some ? this.lit.reduce((sum, one) => sum + one, 0) : this.count;
    line.textContent = line.dataset.said.replace("LIT", lit.toLocaleString()).replace("ALL", this.count.toLocaleString());
    line.dataset.lit = String(lit);
  }

  png() {
    const sheet = document.createElement("canvas");
    sheet.width = this.canvas.width;
    sheet.height = this.canvas.height;
    const pen = sheet.getContext("2d");
    const look = getComputedStyle(document.body);
    pen.fillStyle = look.backgroundColor;
    pen.fillRect(0, 0, sheet.width, sheet.height);
    this.drawNow();
    pen.drawImage(this.canvas, 0, 0);
    pen.font = `${14 * this.ratio}px ${look.fontFamily}`;
    pen.textAlign = "center";
    pen.lineWidth = 4 * this.ratio;
    for (const name of this.names) {
      if (name.link.hidden) continue;
      const box = name.link.getBoundingClientRect(), frame = this.root.getBoundingClientRect();
      const x = (box.left - frame.left + box.width / 2) * this.ratio, y = (box.top - frame.top + 17) * this.ratio;
      pen.strokeStyle = look.backgroundColor;
      pen.strokeText(name.topic.name, x, y);
      pen.fillStyle = look.color;
      pen.fillText(name.topic.name, x, y);
    }
    sheet.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = "map.png";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  }
}

let ruler;
function measure(text) {
  ruler = ruler || document.createElement("canvas").getContext("2d");
  ruler.font = `500 13px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text).width + 14;
}
