// A booking dragged in the chart of a plan opens the page that shows the effect; the booking's own page does the same by keyboard.
let held;
document.addEventListener("pointerdown", (event) => {
  const bar = event.target.closest?.("[data-gantt] [data-booking]");
  if (!bar || event.button !== 0) return;
  held = { bar, svg: bar.ownerSVGElement, x: event.clientX, y: event.clientY, moved: false };
  event.preventDefault();
});
document.addEventListener("pointermove", (event) => {
  if (!held) return;
  const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
  held.moved ||= Math.hypot(dx, dy) > 4;
  if (!held.moved) return;
  held.bar.classList.add("held");
  held.bar.setAttribute("transform", `translate(${dx} ${dy})`);
});
document.addEventListener("pointerup", (event) => {
  if (!held) return;
  const { bar, svg, x, y, moved } = held;
  held = undefined;
  if (!moved) return;
  bar.classList.remove("held");
  bar.removeAttribute("transform");
  bar.addEventListener("click", (click) => click.preventDefault(), { once: true });
  const rect = bar.querySelector("rect");
  const unit = Number(svg.dataset.unit);
  const from = (Number(rect.getAttribute("x")) - Number(svg.dataset.left)) / unit;
  const start = Math.min(Math.max(Math.round(from + (event.clientX - x) / unit), 0), Number(svg.dataset.slots) - Number(bar.dataset.length));
  const wanted = Number(rect.getAttribute("y")) + event.clientY - y;
  const rows = [...svg.querySelectorAll("[data-instrument]")];
  const row = rows.reduce((best, each) => (Math.abs(each.dataset.y - wanted) < Math.abs(best.dataset.y - wanted) ? each : best));
  const query = new URLSearchParams({ booking: bar.dataset.booking, instrument: row.dataset.instrument, start: String(start) });
  location.assign(`${svg.dataset.gantt}?${query}`);
});
document.addEventListener("dragstart", (event) => { if (event.target.closest?.("[data-gantt]")) event.preventDefault(); });
