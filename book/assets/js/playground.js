// The playground's controls: they make a run, play it, and show where it stands, in pictures and in words.
(function () {
  "use strict";

  const playground = window.coursePlayground;
  const { draw, FEATURES } = playground;

  const DATA = {
    circle: "circle", xor: "exclusive or", gaussians: "two Gaussians", spiral: "spiral",
    waals: "van der Waals fluid: stable or not", plane: "regression: plane", bumps: "regression: four bumps",
  };
  const ACTIVATIONS = { tanh: "tanh", relu: "ReLU", sigmoid: "sigmoid", identity: "linear" };
  const PENALTIES = { none: "none", l1: "L1", l2: "L2" };
  const SHOWN = {
    "x1": "x₁", "x2": "x₂", "x1^2": "x₁²", "x2^2": "x₂²", "x1 x2": "x₁x₂", "sin x1": "sin x₁", "sin x2": "sin x₂",
  };
  const same = (values) => Object.fromEntries(values.map((value) => [value, value]));
  const RATES = same([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1, 3, 10]);
  const STRENGTHS = same([0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]);
  const START = {
    data: "circle", noise: 0.3, share: 0.5, dataSeed: 1, features: ["x1", "x2"], hidden: [4, 2], activation: "tanh",
    seed: 1, learningRate: 0.03, penalty: "none", strength: 0, batch: 10,
  };
  const RESTART = ["data", "noise", "share", "dataSeed", "features", "hidden", "activation", "seed"];
  const EXPLODED = 1e4; // training stops when the loss has grown to so many times its first value
  const KEPT = 400; // points of a curve; when there are more, every second one is dropped
  const SILENCE = 4000; // milliseconds between two announcements while it plays

  // --- Controls -----------------------------------------------------------------------------------------------------------
  const options = (choices) =>
    Object.keys(choices).sort(byNumber).map((key) => `<option value="${key}">${choices[key]}</option>`).join("");
  const byNumber = (a, b) => (isNaN(a) || isNaN(b) ? 0 : a - b);
  const field = (name, label, control) =>
    `<div class="playground-field"><label for="playground-${name}">${label}</label>${control}</div>`;
  const select = (name, label, choices) => field(name, label, `<select id="playground-${name}">${options(choices)}</select>`);
  const number = (name, label, low, high) =>
    field(name, label, `<input id="playground-${name}" type="number" min="${low}" max="${high}" step="1">`);
  const range = (name, label, low, high, step) =>
    field(name, `${label} <output id="playground-${name}-value"></output>`,
      `<input id="playground-${name}" type="range" min="${low}" max="${high}" step="${step}">`);
  const canvas = (name, caption) =>
    `<figure class="playground-${name}"><figcaption>${caption}</figcaption><canvas id="playground-${name}" role="img"></canvas></figure>`;
  const group = (legend, inner) => `<fieldset><legend>${legend}</legend>${inner}</fieldset>`;
  const boxes = Object.keys(FEATURES)
    .map((name) => `<label class="playground-box"><input type="checkbox" value="${name}"> ${SHOWN[name]}</label>`).join("");

  const MARKUP = `
    <div class="playground-buttons">
      <button type="button" id="playground-play">Play</button>
      <button type="button" id="playground-step">Step</button>
      <button type="button" id="playground-reset">Reset</button>
    </div>
    <p id="playground-numbers"></p>
    <p id="playground-message" class="playground-message"></p>
    <p id="playground-status" class="playground-unseen" role="status"></p>
    <div class="playground-pictures">
      ${canvas("surface", "Prediction and data")}
      ${canvas("network", "Units and weights; thick: large, dashed: negative")}
      ${canvas("loss", "Loss")}
      ${canvas("limit", "Learning rate and limit")}
      <figure><figcaption>Norm of the gradient</figcaption><ol id="playground-norms"></ol></figure>
    </div>
    <form class="playground-controls">
      ${group("Data",
        select("data", "Data set", DATA) + range("noise", "Noise", 0, 2, 0.1) + range("share", "Share for training", 0.1, 0.9, 0.1) +
        number("dataSeed", "Seed of the data", 0, 4294967295))}
      ${group("Features", `<div id="playground-features">${boxes}</div>` +
        `<label class="playground-box"><input type="checkbox" id="playground-showTest" checked> show test points</label>`)}
      ${group("Network",
        number("depth", "Hidden layers", 0, 6) + `<div id="playground-hidden"></div>` +
        select("activation", "Activation", ACTIVATIONS) + number("seed", "Seed of the network", 0, 4294967295))}
      ${group("Training",
        select("learningRate", "Learning rate γ", RATES) + number("batch", "Batch size", 1, 360) +
        select("penalty", "Regulariser", PENALTIES) + select("strength", "Its strength α", STRENGTHS) +
        select("speed", "Steps per frame", same([1, 10, 50])))}
    </form>`;

  // --- What is said ---------------------------------------------------------------------------------------------------------
  const short = (value) => (Number.isFinite(value) ? `${Number(value.toPrecision(3))}` : "infinite");

  function wrong(run) {
    const yhat = playground.predict(run, run.test);
    const count = yhat.filter((value, k) => value * run.test.y[k] <= 0).length;
    return `${short((100 * count) / yhat.length)} % of the test points on the wrong side`;
  }

  function losses(state) {
    const sides = state.run.f1 === "tanh" ? `; ${wrong(state.run)}` : "";
    return `Step ${state.run.step}, epoch ${short(state.run.seen / state.run.points.N)}: ` +
      `training loss ${short(state.trainLoss)}, test loss ${short(state.testLoss)}${sides}.`;
  }

  function stability(state) {
    const gamma = state.run.settings.learningRate;
    if (!Number.isFinite(state.limit)) return "The Hessian has no positive eigenvalue here: no limit to the learning rate.";
    const side = gamma > state.limit ? "above" : "below";
    return `γ = ${gamma} is ${side} the limit 2/λmax = ${short(state.limit)}.`;
  }

  function warning(state) {
    const gamma = state.run.settings.learningRate;
    const words = `The learning rate γ = ${gamma} was too large: the limit 2/λmax was ${short(state.goodLimit)}`;
    if (state.exploded) return `Diverged after ${state.run.step} steps. ${words}. Choose a smaller γ and reset.`;
    if (state.trainLoss > state.firstLoss && gamma > state.goodLimit) return `The loss is above its first value. ${words}.`;
    return "";
  }

  // --- The playground -----------------------------------------------------------------------------------------------------
  function start(box) {
    box.innerHTML = MARKUP;
    box.hidden = false;
    const get = (name) => box.querySelector(`#playground-${name}`);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)");
    const state = { playing: false };
    let settings = { ...START };
    let drawn = 0;
    let told = 0;

    function reset() {
      state.run = playground.newRun(settings);
      state.grid = draw.gridOf(settings.features.map((name) => FEATURES[name]));
      state.history = { step: [], train: [], test: [], limit: [], gamma: [] };
      state.every = state.frames = 0;
      state.exploded = false;
      state.firstLoss = playground.lossOf(state.run, state.run.train);
      state.goodLimit = NaN;
      const { x, y } = state.run.train;
      const { penalty, strength } = settings;
      state.run.gradient = playground.penalisedGradient(
        state.run.theta, state.run.sizes, x, y, state.run.f0, state.run.f1, penalty, strength);
      measure(3000);
      show(true);
    }

    // Losses and limit at this step. A few products are enough once the direction is known from the step before.
    function measure(iterations) {
      const { run, history } = state;
      state.trainLoss = playground.lossOf(run, run.train);
      state.testLoss = playground.lossOf(run, run.test);
      state.exploded = !(state.trainLoss <= EXPLODED * Math.max(state.firstLoss, 1e-3));
      if (!state.exploded) state.limit = playground.stabilityLimit(run, iterations, 1e-3).limit;
      // While the loss is small the limit is that of the place where descent was; later it is that of where it was thrown.
      if (state.trainLoss <= state.firstLoss) state.goodLimit = state.limit;
      history.step.push(run.step);
      history.train.push(state.trainLoss);
      history.test.push(state.testLoss);
      history.limit.push(state.limit);
      history.gamma.push(run.settings.learningRate);
      if (history.step.length > KEPT)
        for (const name of Object.keys(history)) history[name] = history[name].filter((_, k) => k % 2 === 0);
    }

    function advance(steps) {
      if (state.exploded) return;
      playground.advance(state.run, steps);
      measure(state.playing ? 10 : 300);
      if (state.exploded) play(false);
    }

    // --- Showing
    function show(now) {
      const time = performance.now();
      if (!now && still.matches && time - drawn < 1000) return; // with reduced motion, one picture a second
      drawn = time;
      picture();
      get("numbers").textContent = `${losses(state)} ${stability(state)}`;
      get("message").textContent = warning(state);
      if (now || time - told > SILENCE) tell(time);
    }

    function picture() {
      const { run, history } = state;
      const colours = draw.palette(box);
      const maps = draw.responses(run, state.grid);
      draw.surface(get("surface"), run, maps, colours, get("showTest").checked);
      draw.network(get("network"), run, maps, colours);
      const { step, train, test, limit, gamma } = history;
      draw.chart(get("loss"), step, [
        { values: train, dash: [], label: "training", colour: 1 }, { values: test, dash: [6, 4], label: "test", colour: 0 },
      ], colours, state.exploded || Math.max(...train) > 10);
      draw.chart(get("limit"), step, [
        { values: limit, dash: [], label: "2/λmax", colour: 1 }, { values: gamma, dash: [6, 4], label: "γ", colour: 0 },
      ], colours, true);
      norms();
    }

    // Bars from 10⁻⁶ to 10, and the numbers.
    function norms() {
      const list = get("norms");
      const values = playground.gradientNorms(state.run);
      while (list.children.length > values.length) list.lastChild.remove();
      while (list.children.length < values.length) list.append(document.createElement("li"));
      values.forEach((value, l) => {
        const share = Math.min(Math.max((Math.log10(value) + 6) / 7, 0), 1) || 0;
        list.children[l].textContent = `${l === values.length - 1 ? "output" : "hidden"} layer: ${value.toExponential(1)}`;
        list.children[l].style.setProperty("--share", `${100 * share}%`);
      });
    }

    // In words: the state for the live region, and each picture's text.
    function tell(time) {
      told = time;
      const { run } = state;
      const words = `${losses(state)} ${stability(state)} ${warning(state)}`.trim();
      get("status").textContent = words;
      const kind = run.f1 === "tanh" ? "The line where the prediction changes its sign is drawn." : "";
      const texts = {
        surface: `Prediction over the plane of x1 and x2, with the data “${DATA[run.settings.data]}”, circles for positive and ` +
          `squares for negative targets. ${kind} ${losses(state)}`,
        network: `Network with ${run.sizes[0]} features, hidden layers of ${run.settings.hidden.join(", ") || "no"} units and one ` +
          `output; ${zeroWeights(run)}.`,
        loss: `Curves of the loss over ${run.step} steps, from ${short(state.firstLoss)}: now ${short(state.trainLoss)} on the ` +
          `training points and ${short(state.testLoss)} on the test points.`,
        limit: `Curve of the largest stable learning rate over ${run.step} steps. ${stability(state)}`,
      };
      for (const name of Object.keys(texts)) get(name).setAttribute("aria-label", texts[name]);
    }

    function zeroWeights(run) {
      const weights = playground.layers(run.sizes).flatMap(({ W, b }) => [...run.theta.subarray(W, b)]);
      return `${weights.filter((w) => w === 0).length} of ${weights.length} weights are zero`;
    }

    // --- Playing: a fixed number of steps in each frame of the browser.
    function play(on) {
      state.playing = on && !state.exploded;
      get("play").textContent = state.playing ? "Pause" : "Play";
      if (state.playing) requestAnimationFrame(frame);
      else show(true);
    }

    function frame() {
      if (!state.playing) return;
      advance(Number(get("speed").value));
      if (state.playing) {
        show(false);
        requestAnimationFrame(frame);
      }
    }

    // --- Controls: what they show, and what they set.
    const bounded = (input) => {
      const value = Math.round(Number(input.value));
      input.value = Math.min(Math.max(Number.isFinite(value) ? value : 0, Number(input.min)), Number(input.max));
      return Number(input.value);
    };

    function fill() {
      for (const name of ["data", "noise", "share", "dataSeed", "activation", "seed", "learningRate", "penalty", "strength"])
        get(name).value = settings[name];
      get("batch").value = settings.batch;
      get("depth").value = settings.hidden.length;
      box.querySelectorAll("#playground-features input").forEach((input) => {
        input.checked = settings.features.includes(input.value);
      });
      const units = settings.hidden.map((_, l) => number(`units-${l}`, `Units in layer ${l + 1}`, 1, 8));
      get("hidden").innerHTML = units.join("");
      settings.hidden.forEach((units, l) => (get(`units-${l}`).value = units));
      values();
    }

    function values() {
      get("noise-value").textContent = settings.noise.toFixed(1);
      get("share-value").textContent = `${Math.round(100 * settings.share)} %`;
    }

    function read() {
      const depth = bounded(get("depth"));
      const units = settings.hidden.map((_, l) => bounded(get(`units-${l}`)));
      const ticked = [...box.querySelectorAll("#playground-features input:checked")].map((input) => input.value);
      const choice = (name) => Number(get(name).value);
      return {
        data: get("data").value, noise: choice("noise"), share: choice("share"), dataSeed: bounded(get("dataSeed")),
        features: ticked.length ? ticked : settings.features, // at least one
        hidden: Array.from({ length: depth }, (_, l) => units[l] || 2),
        activation: get("activation").value, seed: bounded(get("seed")), learningRate: choice("learningRate"),
        penalty: get("penalty").value, strength: choice("strength"), batch: bounded(get("batch")),
      };
    }

    // What changes the data or the network begins a new run; the rest takes effect at the next step.
    function set(changes) {
      const before = settings;
      settings = { ...settings, ...changes };
      const shape = String(before.hidden.length) !== String(settings.hidden.length);
      if (RESTART.some((name) => String(before[name]) !== String(settings[name]))) {
        play(false);
        reset();
      } else {
        state.run.settings = settings;
        show(true);
      }
      return shape;
    }

    box.querySelector("form").addEventListener("change", (event) => {
      const { id } = event.target;
      if (id === "playground-speed") return;
      if (set(read()) || !box.querySelector("#playground-features input:checked")) fill();
      values();
    });
    box.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
    get("play").addEventListener("click", () => play(!state.playing));
    get("step").addEventListener("click", () => {
      play(false);
      advance(1);
      show(true);
    });
    get("reset").addEventListener("click", () => {
      play(false);
      reset();
    });

    // A button in the text, <button data-playground='{"hidden": [3]}' hidden>, sets these values and the start's for the rest.
    document.querySelectorAll("button[data-playground]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => {
        play(false);
        settings = { ...START, ...JSON.parse(button.dataset.playground) };
        fill();
        reset();
        box.scrollIntoView({ block: "start" });
        get("play").focus({ preventScroll: true });
      });
    });

    const redraw = () => show(true);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    new ResizeObserver(redraw).observe(box);

    get("speed").value = 10;
    fill();
    reset();
    playground.page = { state, set, advance, show, START, DATA }; // for tests, and for a curious reader's console
  }

  const box = document.getElementById("playground");
  if (box) start(box);
})();
