// Molecules that can be turned: by the mouse, a finger or the arrow keys. The first picture is in the page already
// (course_lib/teaching/molecule_drawing.py); the formulas here are the same.
(function () {
  "use strict";

  const KEY_STEP = Math.PI / 18; // 10° for each press of an arrow key
  const DRAG_STEP = Math.PI / 300; // half a turn for a drag across the picture
  const HINT = "Turn it: drag, or arrow keys; Home: back.";

  // A point p is turned to q = R p and seen at (q₁, -q₂) s with s = eye / (eye - q₃); its nearness is q₃.
  function project(p, R, eye) {
    const q = R.map((row) => row[0] * p[0] + row[1] * p[1] + row[2] * p[2]);
    const s = eye / (eye - q[2]);
    return [s * q[0], -s * q[1], q[2], s];
  }

  function product(A, B) {
    return A.map((row) => [0, 1, 2].map((k) => row[0] * B[0][k] + row[1] * B[1][k] + row[2] * B[2][k]));
  }

  // After R, by `right` about the screen's vertical and by `down` about its horizontal axis; rows made orthonormal again, so
  // that rounding does not add up.
  function turned(R, right, down) {
    const [a, b, c, d] = [Math.cos(right), Math.sin(right), Math.cos(down), Math.sin(down)];
    const [x, y] = product(product([[1, 0, 0], [0, c, -d], [0, d, c]], [[a, 0, b], [0, 1, 0], [-b, 0, a]]), R);
    const dot = (u, v) => u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
    const unit = (u) => u.map((value) => value / Math.sqrt(dot(u, u)));
    const e = unit(x);
    const f = unit(y.map((value, k) => value - dot(y, e) * e[k]));
    return [e, f, [e[1] * f[2] - e[2] * f[1], e[2] * f[0] - e[0] * f[2], e[0] * f[1] - e[1] * f[0]]];
  }

  // The angle of the rotation that leads from one view to another, in degrees.
  function angle(R, S) {
    const trace = R.reduce((sum, row, i) => sum + row[0] * S[i][0] + row[1] * S[i][1] + row[2] * S[i][2], 0);
    return (180 / Math.PI) * Math.acos(Math.max(-1, Math.min(1, (trace - 1) / 2)));
  }

  // Where everything appears, the farthest first: atoms {atom, x, y, r} and rods {rod, x1, y1, x2, y2, width}, by their number.
  function layout(scene, R) {
    const atoms = scene.atoms.map((atom, k) => {
      const [x, y, nearness, s] = project(atom, R, scene.eye);
      return { nearness, atom: k, x, y, r: s * atom[3] };
    });
    const rods = scene.rods.map((rod, k) => {
      const [x1, y1, near1, s1] = project(rod, R, scene.eye);
      const [x2, y2, near2, s2] = project(rod.slice(3), R, scene.eye);
      return { nearness: (near1 + near2) / 2, rod: k, x1, y1, x2, y2, width: scene.thickness * (s1 + s2) };
    });
    return atoms.concat(rods).sort((one, other) => one.nearness - other.nearness);
  }

  function set(element, values) {
    Object.keys(values).forEach((name) => element.setAttribute(name, values[name].toFixed(3)));
  }

  function start(figure, number) {
    const scene = JSON.parse(figure.dataset.molecule);
    const stage = figure.querySelector(".molecule-stage");
    const svg = stage.querySelector("svg");
    const place = svg.querySelector("g");

    const first = scene.start;
    const atoms = scene.atoms.map((_, k) => {
      const disc = place.querySelector(`[data-atom="${k}"]`);
      const letter = disc.nextElementSibling;
      return { disc, letter, size: letter.getAttribute("font-size") / disc.getAttribute("r") };
    });
    const rods = scene.rods.map((_, k) => place.querySelector(`[data-rod="${k}"]`));

    let R = first;
    function draw() {
      layout(scene, R).forEach((item) => {
        if ("rod" in item) {
          const { x1, y1, x2, y2, width } = item;
          set(rods[item.rod], { x1, y1, x2, y2, "stroke-width": width });
          place.append(rods[item.rod]);
        } else {
          const { disc, letter, size } = atoms[item.atom];
          set(disc, { cx: item.x, cy: item.y, r: item.r });
          set(letter, { x: item.x, y: item.y + 0.35 * size * item.r, "font-size": size * item.r });
          place.append(disc, letter);
        }
      });
      said.textContent = `Turned by ${Math.round(angle(R, first))}°.`;
    }
    const turn = (right, down) => {
      R = turned(R, right, down);
      draw();
    };

    const hint = document.createElement("p");
    hint.className = "molecule-hint";
    hint.innerHTML = `<span id="molecule-hint-${number}">${HINT}</span> <span role="status">Turned by 0°.</span>`;
    figure.append(hint);
    const said = hint.querySelector("[role=status]");

    stage.tabIndex = 0;
    stage.setAttribute("role", "application");
    stage.setAttribute("aria-roledescription", "turnable molecule");
    stage.setAttribute("aria-label", svg.getAttribute("aria-label"));
    stage.setAttribute("aria-describedby", `molecule-hint-${number}`);
    stage.classList.add("molecule-turnable");

    const KEYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    stage.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key in KEYS) turn(KEYS[event.key][0] * KEY_STEP, KEYS[event.key][1] * KEY_STEP);
      else if (event.key === "Home") {
        R = first;
        draw();
      } else return;
      event.preventDefault(); // the page stays where it is
    });

    let last = null;
    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      last = [event.clientX, event.clientY];
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener("pointermove", (event) => {
      if (!last) return;
      turn((event.clientX - last[0]) * DRAG_STEP, (event.clientY - last[1]) * DRAG_STEP);
      last = [event.clientX, event.clientY];
    });
    ["pointerup", "pointercancel"].forEach((name) => stage.addEventListener(name, () => { last = null; }));
  }

  window.courseMolecule = { project, turned, angle, layout };
  document.querySelectorAll("figure.molecule").forEach(start);
})();
