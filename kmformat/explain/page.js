// The run of k-means on the page: centroids and colours in space, the picture, and the inertia, by
// iteration. All numbers are those of Python's run; nothing is computed again but which centroid is
// closest to a point.
"use strict";
(() => {
  const lesson = JSON.parse(document.getElementById("lesson").textContent);
  const { path } = lesson;
  const points = Uint8Array.from(lesson.points);
  const last = path.length - 1;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const space = document.getElementById("space");
  const picture = document.getElementById("picture");
  const slider = document.getElementById("iteration");
  const said = document.getElementById("said");
  const play = document.getElementById("play");
  const own = document.getElementById("own");
  const mark = document.querySelector("#run .mark");
  const dots = [...document.querySelectorAll("#run .line0 polyline ~ circle")];
  let at = 0; // iterations, with a fraction while centroids are on their way
  let azimuth = -0.95, elevation = 0.42; // radians
  let timer = 0;

  function closest(centroids, r, g, b) {
    let best = 0, least = Infinity;
    for (let k = 0; k < centroids.length; k++) {
      const c = centroids[k];
      const x = r - c[0], y = g - c[1], z = b - c[2];
      const distance = x * x + y * y + z * z;
      if (distance < least) { least = distance; best = k; }
    }
    return best;
  }

  function centroidsAt(when) {
    const from = Math.floor(when), part = when - from;
    if (!part) return path[from];
    return path[from].map((c, k) => c.map((v, i) => v + part * (path[from + 1][k][i] - v)));
  }

  const css = (color) => `rgb(${color.map(Math.round).join(" ")})`;

  function drawSpace() {
    const ratio = window.devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = space, side = Math.min(width, height);
    space.width = Math.round(width * ratio);
    space.height = Math.round(height * ratio);
    const pen = space.getContext("2d"), style = getComputedStyle(document.body);
    const ink = style.getPropertyValue("--ink"), line = style.getPropertyValue("--line");
    const paper = style.getPropertyValue("--paper");
    pen.scale(ratio, ratio);
    const sin = Math.sin(azimuth), cos = Math.cos(azimuth);
    const up = Math.cos(elevation), tilt = Math.sin(elevation), scale = side * 0.6;
    const enlarged = Math.max(1, side / 560); // of dots
    const project = (r, g, b) => {
      const x = r / 255 - 0.5, y = g / 255 - 0.5, z = b / 255 - 0.5;
      const across = x * cos - y * sin, deep = x * sin + y * cos;
      return [width / 2 + across * scale, height / 2 - (z * up + deep * tilt) * scale];
    };
    pen.strokeStyle = line;
    pen.lineWidth = 1;
    const corners = [0, 255];
    for (const u of corners) for (const v of corners) {
      for (const [a, b] of [[[0, u, v], [255, u, v]], [[u, 0, v], [u, 255, v]], [[u, v, 0], [u, v, 255]]]) {
        pen.beginPath();
        pen.moveTo(...project(...a));
        pen.lineTo(...project(...b));
        pen.stroke();
      }
    }
    pen.lineWidth = 3;
    for (const [r, g, b, color] of [[255, 0, 0, "#e0403a"], [0, 255, 0, "#2ca24c"], [0, 0, 255, "#4277f5"]]) {
      pen.strokeStyle = color;
      pen.beginPath();
      pen.moveTo(...project(0, 0, 0));
      pen.lineTo(...project(r, g, b));
      pen.stroke();
    }
    const now = centroidsAt(at), colors = now.map(css);
    const size = Math.max(2.6, Math.min(10, 150 / Math.sqrt(points.length))) * enlarged;
    for (let i = 0; i < points.length; i += 3) {
      const r = points[i], g = points[i + 1], b = points[i + 2];
      const [x, y] = project(r, g, b);
      pen.fillStyle = own.checked ? `rgb(${r} ${g} ${b})` : colors[closest(now, r, g, b)];
      pen.fillRect(x - size / 2, y - size / 2, size, size);
    }
    pen.strokeStyle = ink;
    pen.lineWidth = 1.6;
    const steps = Math.floor(at);
    now.forEach((centroid, k) => {
      pen.beginPath();
      pen.moveTo(...project(...path[0][k]));
      for (let step = 1; step <= steps; step++) pen.lineTo(...project(...path[step][k]));
      pen.lineTo(...project(...centroid));
      pen.stroke();
    });
    const radius = Math.max(4, Math.min(9, 36 / Math.sqrt(now.length))) * enlarged;
    now.forEach((centroid, k) => {
      pen.beginPath();
      pen.arc(...project(...centroid), radius, 0, 7);
      pen.lineWidth = 6; // a ring of paper around that of ink, for places as dark
      pen.strokeStyle = paper;
      pen.stroke();
      pen.fillStyle = colors[k];
      pen.fill();
      pen.lineWidth = 2;
      pen.strokeStyle = ink;
      pen.stroke();
    });
    pen.font = `600 ${Math.min(parseFloat(style.fontSize), side / 26)}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.strokeStyle = paper; // a rim, as letters may stand on points
    pen.fillStyle = ink;
    pen.lineWidth = 4;
    pen.lineJoin = "round";
    const ends = [["red 255", 285, 0, 0], ["green 255", 0, 285, 0], ["blue 255", 0, 0, 270], ["0", -18, -18, -18]];
    for (const [text, ...end] of ends) {
      const [x, y] = project(...end), half = pen.measureText(text).width / 2 + 4;
      const inside = Math.max(half, Math.min(width - half, x));
      pen.strokeText(text, inside, y);
      pen.fillText(text, inside, y);
    }
  }

  let original = null;
  function drawPicture(iteration) {
    if (!original) return;
    const pen = picture.getContext("2d"), { width, height, data } = original;
    const shown = pen.createImageData(width, height);
    const centroids = path[iteration], colors = centroids.map((c) => c.map(Math.round));
    let before = -1, color = colors[0];
    for (let i = 0; i < data.length; i += 4) {
      const code = data[i] << 16 | data[i + 1] << 8 | data[i + 2];
      if (code !== before) {
        color = colors[closest(centroids, data[i], data[i + 1], data[i + 2])];
        before = code;
      }
      shown.data[i] = color[0];
      shown.data[i + 1] = color[1];
      shown.data[i + 2] = color[2];
      shown.data[i + 3] = 255;
    }
    pen.putImageData(shown, 0, 0);
  }

  function tell(iteration) {
    slider.value = iteration;
    said.textContent = iteration ? `iteration ${iteration} of ${last}` : "random start";
    slider.setAttribute("aria-valuetext", said.textContent);
    const dot = dots[iteration];
    mark.setAttribute("cx", dot.getAttribute("cx"));
    mark.setAttribute("cy", dot.getAttribute("cy"));
    drawPicture(iteration);
  }

  function show(iteration) {
    at = iteration;
    tell(iteration);
    drawSpace();
  }

  function stop() {
    cancelAnimationFrame(timer);
    clearTimeout(timer);
    timer = 0;
    play.textContent = "Play";
  }

  function go() {
    if (at >= last) show(0);
    play.textContent = "Pause";
    const next = () => {
      const from = Math.round(at);
      if (from >= last) { stop(); return; }
      if (still) {
        show(from + 1);
        timer = setTimeout(next, 900);
        return;
      }
      const start = performance.now();
      const move = (time) => {
        const part = Math.min(1, Math.max(0, (time - start) / 450));
        at = from + part * part * (3 - 2 * part);
        if (part < 1) {
          drawSpace();
          timer = requestAnimationFrame(move);
        } else {
          show(from + 1);
          timer = setTimeout(next, 500);
        }
      };
      timer = requestAnimationFrame(move);
    };
    timer = setTimeout(next, at ? 0 : 600);
  }

  play.addEventListener("click", () => (timer ? stop() : go()));
  slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
  own.addEventListener("change", drawSpace);
  window.addEventListener("resize", drawSpace);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawSpace);

  const turn = (across, upward) => {
    azimuth += across;
    elevation = Math.max(-1.5, Math.min(1.5, elevation + upward));
    drawSpace();
  };
  let held = null;
  space.addEventListener("pointerdown", (event) => {
    held = [event.clientX, event.clientY];
    space.setPointerCapture(event.pointerId);
  });
  space.addEventListener("pointermove", (event) => {
    if (!held) return;
    turn((held[0] - event.clientX) * -0.01, event.pointerType === "touch" ? 0 : (event.clientY - held[1]) * 0.01);
    held = [event.clientX, event.clientY];
  });
  for (const name of ["pointerup", "pointercancel"]) space.addEventListener(name, () => { held = null; });
  space.addEventListener("keydown", (event) => {
    const turns = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
    if (!turns[event.key]) return;
    event.preventDefault();
    turn(...turns[event.key]);
  });

  for (const button of document.querySelectorAll(".grid button")) {
    button.addEventListener("click", () => {
      const card = button.closest("figure");
      const large = card.classList.toggle("large");
      button.setAttribute("aria-expanded", large);
      card.scrollIntoView({ block: "nearest" });
    });
  }

  const image = document.getElementById("original");
  image.decode().then(() => {
    const canvas = document.createElement("canvas");
    canvas.width = picture.width;
    canvas.height = picture.height;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    original = pen.getImageData(0, 0, canvas.width, canvas.height);
    drawPicture(Math.round(at));
  });
  show(0);
})();
