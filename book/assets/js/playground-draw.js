// The pictures of the playground, drawn on canvases. Nothing here changes a run.
(function () {
  "use strict";

  const { forward, layers } = window.coursePlayground;
  const GRID = 40; // responses are computed on GRID × GRID points of the square |x1|, |x2| ≤ EDGE
  const EDGE = 6;
  const FONT = "12px sans-serif";
  const TINT = 0.5; // the strongest tint of a map: points must be seen on it

  // Colours of the page, light or dark, as [red, green, blue] and as CSS.
  function palette(element) {
    const style = getComputedStyle(element);
    const colour = (name) => style.getPropertyValue(`--playground-${name}`).trim();
    const rgb = (name) => colour(name).match(/[0-9a-f]{2}/gi).map((pair) => parseInt(pair, 16));
    return {
      ink: colour("ink"), muted: colour("muted"), line: [colour("negative"), colour("positive")],
      ground: rgb("ground"), ends: [rgb("negative"), rgb("positive")],
    };
  }

  // A context whose units are CSS pixels, on a canvas as sharp as the screen, wiped.
  function fit(canvas) {
    const { clientWidth: width, clientHeight: height } = canvas;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.font = FONT;
    return { pen, width, height };
  }

  // The features of the grid's points, row by row from the top: they do not change during a run.
  function gridOf(features) {
    const at = (k) => (2 * EDGE * (k + 0.5)) / GRID - EDGE;
    const rows = [];
    for (let row = 0; row < GRID; row++)
      for (let column = 0; column < GRID; column++) rows.push(features.map((f) => f([at(column), -at(row)])));
    return rows;
  }

  // The response of each unit of each layer on the grid.
  function responses(run, grid) {
    const maps = run.sizes.map((size) => Array.from({ length: size }, () => new Float64Array(GRID * GRID)));
    const h = run.sizes.map((size) => new Float64Array(size));
    grid.forEach((x, k) => {
      forward(run.theta, run.sizes, x, run.f0, run.f1, h);
      h.forEach((outputs, l) => outputs.forEach((value, unit) => (maps[l][unit][k] = value)));
    });
    return maps;
  }

  const tile = document.createElement("canvas");
  tile.width = tile.height = GRID;

  // A map in colour: negative to positive through the page's ground; values of modulus `full` and more have the strongest.
  function paint(pen, map, full, x, y, size, colours) {
    const brush = tile.getContext("2d");
    const image = brush.createImageData(GRID, GRID);
    map.forEach((value, k) => {
      const share = TINT * Math.min(Math.abs(value) / full, 1) || 0;
      const end = colours.ends[value > 0 ? 1 : 0];
      for (let c = 0; c < 3; c++) image.data[4 * k + c] = colours.ground[c] + share * (end[c] - colours.ground[c]);
      image.data[4 * k + 3] = 255;
    });
    brush.putImageData(image, 0, 0);
    pen.drawImage(tile, x, y, size, size);
  }

  const largest = (map) => map.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);

  // The line where a map is zero: in each cell of the grid, between the edges where the sign changes.
  function zeroLine(pen, map, size) {
    const place = (k) => ((k + 0.5) * size) / GRID;
    pen.beginPath();
    for (let row = 0; row < GRID - 1; row++)
      for (let column = 0; column < GRID - 1; column++) {
        const k = row * GRID + column;
        const corners = [[column, row, map[k]], [column + 1, row, map[k + 1]],
          [column + 1, row + 1, map[k + GRID + 1]], [column, row + 1, map[k + GRID]]];
        const crossings = corners.flatMap(([x, y, value], n) => {
          const [xn, yn, next] = corners[(n + 1) % 4];
          if (value > 0 === next > 0) return [];
          const share = value / (value - next);
          return [[x + share * (xn - x), y + share * (yn - y)]];
        });
        crossings.forEach(([x, y], n) => pen[n % 2 ? "lineTo" : "moveTo"](place(x), place(y)));
      }
    pen.stroke();
  }

  // Positive targets are circles, negative ones squares; test points are hollow.
  function points(pen, run, size, colours, showTest) {
    const { x, y, N } = run.points;
    const place = (value) => ((value + EDGE) * size) / (2 * EDGE);
    const radius = Math.max(2.2, size / 110);
    pen.lineWidth = 1;
    for (let k = 0; k < (showTest ? x.length : N); k++) {
      const [px, py] = [place(x[k][0]), place(-x[k][1])];
      pen.beginPath();
      if (y[k] > 0) pen.arc(px, py, radius, 0, 2 * Math.PI);
      else pen.rect(px - 0.87 * radius, py - 0.87 * radius, 1.74 * radius, 1.74 * radius);
      pen.fillStyle = pen.strokeStyle = colours.ink;
      if (k < N) {
        pen.fillStyle = colours.line[y[k] > 0 ? 1 : 0];
        pen.fill();
      }
      pen.stroke();
    }
  }

  function surface(canvas, run, maps, colours, showTest) {
    const { pen, width } = fit(canvas);
    const map = maps[maps.length - 1][0];
    paint(pen, map, run.f1 === "tanh" ? 1 : Math.max(...run.train.y.map(Math.abs)), 0, 0, width, colours);
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 2;
    zeroLine(pen, map, width);
    points(pen, run, width, colours, showTest);
  }

  // Each unit with its response; a weight is a line, thick if it is large, dashed if it is negative, absent if it is zero.
  function network(canvas, run, maps, colours) {
    const columns = run.sizes.length;
    const most = Math.max(...run.sizes);
    const size = Math.max(16, Math.min(40, (canvas.clientWidth / columns) * 0.55));
    const gap = Math.max(4, size * 0.3);
    canvas.style.height = `${most * (size + gap) + 24}px`;
    const { pen, width, height } = fit(canvas);
    const x = (l) => (columns === 1 ? 0 : 4 + (l * (width - size - 8)) / (columns - 1));
    const y = (l, unit) => 20 + (height - 20) / 2 + (unit - run.sizes[l] / 2) * (size + gap) + gap / 2;
    layers(run.sizes).forEach(({ fanIn, fanOut, W }, l) => {
      for (let i = 0; i < fanIn; i++)
        for (let j = 0; j < fanOut; j++) {
          const weight = run.theta[W + i * fanOut + j];
          if (!Number.isFinite(weight) || weight === 0) continue;
          const [x0, y0, x1, y1] = [x(l) + size, y(l, i) + size / 2, x(l + 1), y(l + 1, j) + size / 2];
          pen.beginPath();
          pen.moveTo(x0, y0);
          pen.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1);
          pen.lineWidth = Math.min(6, 0.4 + 2 * Math.abs(weight));
          pen.strokeStyle = colours.line[weight > 0 ? 1 : 0];
          pen.setLineDash(weight > 0 ? [] : [5, 4]);
          pen.stroke();
        }
    });
    pen.setLineDash([]);
    pen.lineWidth = 1;
    pen.strokeStyle = colours.muted;
    maps.forEach((units, l) =>
      units.forEach((map, unit) => {
        const full = l === columns - 1 && run.f1 === "tanh" ? 1 : largest(map);
        paint(pen, map, full, x(l), y(l, unit), size, colours);
        pen.strokeRect(x(l), y(l, unit), size, size);
      })
    );
    pen.fillStyle = colours.ink;
    pen.textBaseline = "top";
    ["features", "output"].forEach((text, end) => {
      pen.textAlign = end ? "right" : "left";
      pen.fillText(text, end ? width - 2 : 2, 2);
    });
  }

  const power = (value) => (value === 0 || (value >= 0.01 && value < 1000) ? `${Number(value.toPrecision(2))}` : value.toExponential(0));

  // Curves over the steps; each is {values, dash, label}. On a logarithmic axis what is not positive and finite is left out.
  function chart(canvas, steps, curves, colours, logarithmic) {
    const { pen, width, height } = fit(canvas);
    const scale = logarithmic ? Math.log10 : (value) => value;
    const finite = curves.flatMap(({ values }) => values.filter((v) => Number.isFinite(v) && (!logarithmic || v > 0)));
    const top = Math.max(...finite, logarithmic ? 1e-3 : 0.1);
    const bottom = logarithmic ? Math.min(...finite, top / 10) : 0;
    const [left, right, upper, lower] = [48, width - 8, 24, height - 22];
    const last = Math.max(steps[steps.length - 1], 1);
    const px = (step) => left + (step / last) * (right - left);
    const py = (value) => lower - ((scale(value) - scale(bottom)) / (scale(top) - scale(bottom) || 1)) * (lower - upper);
    pen.strokeStyle = pen.fillStyle = colours.ink;
    pen.lineWidth = 1;
    pen.strokeRect(left, upper, right - left, lower - upper);
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(power(top), left - 4, upper + 2);
    pen.fillText(power(bottom), left - 4, lower - 4);
    pen.textBaseline = "top";
    pen.fillText(`step ${last}`, right, lower + 5);
    pen.fillText("0", left + 4, lower + 5);
    let at = left;
    for (const { values, dash, label, colour } of curves) {
      pen.strokeStyle = colours.line[colour];
      pen.lineWidth = 2;
      pen.setLineDash(dash);
      pen.beginPath();
      let drawing = false;
      values.forEach((value, k) => {
        const seen = Number.isFinite(value) && (!logarithmic || value > 0);
        if (seen) pen[drawing ? "lineTo" : "moveTo"](px(steps[k]), py(value));
        drawing = seen;
      });
      pen.stroke();
      // The key above the frame: a piece of the line, then its name.
      pen.beginPath();
      pen.moveTo(at, 12);
      pen.lineTo(at + 24, 12);
      pen.stroke();
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      pen.fillText(label, at + 28, 12);
      at += 44 + pen.measureText(label).width;
    }
    pen.setLineDash([]);
  }

  window.coursePlayground.draw = { palette, gridOf, responses, surface, network, chart };
})();
