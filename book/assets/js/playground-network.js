// The numbers of the playground: data, network, gradient, training step, curvature. No page, no picture.
//
// Parameters θ are one Float64Array: for each layer the weights W[i, j], row by row, then the biases b[j], in the order of
// course_lib.learning.parameters.to_vector. `sizes` lists the units: features, hidden layers, one output. Everything is
// in double precision and determined by the seeds; the tests compare each function with its twin in course_lib.
(function () {
  "use strict";

  // Random numbers: Mulberry32 (T. Ettinger, public domain). The state grows by a constant; its bits are then mixed.
  function mulberry32(seed) {
    let state = seed >>> 0;
    return function random() {
      state = (state + 0x6d2b79f5) >>> 0;
      let bits = Math.imul(state ^ (state >>> 15), state | 1);
      bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
      return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
    };
  }

  // Two independent standard normal numbers from two uniform ones (Box and Muller).
  function normalPair(u, v) {
    const radius = Math.sqrt(-2 * Math.log(1 - u));
    return [radius * Math.cos(2 * Math.PI * v), radius * Math.sin(2 * Math.PI * v)];
  }

  function normal(random) {
    const u = random();
    return normalPair(u, random())[0];
  }

  function permutation(count, random) {
    const order = Array.from({ length: count }, (_, k) => k);
    for (let k = count - 1; k > 0; k--) {
      const other = Math.floor(random() * (k + 1));
      [order[k], order[other]] = [order[other], order[k]];
    }
    return order;
  }

  // Data: two uniform numbers u, v and the parity of the point's index give (x1, x2) and the target y.
  const polar = (r, angle) => [r * Math.sin(angle), r * Math.cos(angle)];
  const square = (u, v) => [10 * u - 5, 10 * v - 5];
  const bump = (x, a, b) => Math.exp(-((x[0] - a) ** 2 + (x[1] - b) ** 2) / 4);
  const DATA = {
    circle(u, v, even) {
      return [polar(even ? 2.5 * u : 3.5 + 1.5 * u, 2 * Math.PI * v), even ? 1 : -1];
    },
    xor(u, v) {
      const x = square(u, v).map((each) => 0.94 * each + (each < 0 ? -0.3 : 0.3));
      return [x, x[0] * x[1] < 0 ? -1 : 1];
    },
    spiral(u, v, even) {
      return [polar(5 * u, 3.5 * Math.PI * u + (even ? 0 : Math.PI)), even ? 1 : -1];
    },
    gaussians(u, v, even) {
      const centre = even ? 2 : -2;
      return [normalPair(u, v).map((each) => each + centre), even ? 1 : -1];
    },
    // Van der Waals fluid: 1 where it falls apart by itself, below the spinodal of the plane of volume and temperature.
    waals(u, v) {
      const x = square(u, v);
      const volume = 1.75 + 0.25 * x[0];
      const temperature = 0.8 + 0.06 * x[1];
      return [x, temperature < (3 * volume - 1) ** 2 / (4 * volume ** 3) ? 1 : -1];
    },
    plane(u, v) {
      const x = square(u, v);
      return [x, (x[0] + x[1]) / 10];
    },
    bumps(u, v) {
      const x = square(u, v);
      return [x, bump(x, 2.5, 2.5) - bump(x, -2.5, 2.5) + bump(x, -2.5, -2.5) - bump(x, 2.5, -2.5)];
    },
  };
  const REGRESSION = ["plane", "bumps"];
  const COUNT = 400;

  // Points are labelled where they are drawn, and only then displaced by the noise.
  function makeData(name, noise, seed) {
    const random = mulberry32(seed);
    const drawn = [];
    for (let k = 0; k < COUNT; k++) {
      const u = random();
      drawn.push(DATA[name](u, random(), k % 2 === 0));
    }
    const moved = drawn.map(([x, y]) => [x.map((each) => each + noise * normal(random)), y]);
    const order = permutation(COUNT, random);
    return { x: order.map((k) => moved[k][0]), y: order.map((k) => moved[k][1]) };
  }

  const FEATURES = {
    "x1": (x) => x[0],
    "x2": (x) => x[1],
    "x1^2": (x) => x[0] * x[0],
    "x2^2": (x) => x[1] * x[1],
    "x1 x2": (x) => x[0] * x[1],
    "sin x1": (x) => Math.sin(x[0]),
    "sin x2": (x) => Math.sin(x[1]),
  };

  // Each slope is a function of the activation's own value h = f(a).
  const ACTIVATIONS = {
    tanh: { value: Math.tanh, slope: (h) => 1 - h * h },
    relu: { value: (a) => Math.max(a, 0), slope: (h) => (h > 0 ? 1 : 0) },
    sigmoid: { value: (a) => 1 / (1 + Math.exp(-a)), slope: (h) => h * (1 - h) },
    identity: { value: (a) => a, slope: () => 1 },
  };

  // Where each layer's weights and biases begin in θ.
  function layers(sizes) {
    let at = 0;
    return sizes.slice(1).map((fanOut, l) => {
      const layer = { fanIn: sizes[l], fanOut, W: at, b: at + sizes[l] * fanOut };
      at = layer.b + fanOut;
      return layer;
    });
  }

  function init(sizes, random) {
    return Float64Array.from(
      layers(sizes).flatMap(({ fanIn, fanOut }) => [
        ...Array.from({ length: fanIn * fanOut }, () => normal(random) / Math.sqrt(fanIn)),
        ...Array(fanOut).fill(0),
      ])
    );
  }

  // The outputs h of all layers for one input; h[0] is the input, h[D][0] the prediction. Written into `h` if it is given.
  function forward(theta, sizes, x, f0, f1, h = sizes.map((size) => new Float64Array(size))) {
    h[0].set(x);
    layers(sizes).forEach(({ fanIn, fanOut, W, b }, l) => {
      const f = ACTIVATIONS[l === sizes.length - 2 ? f1 : f0].value;
      for (let j = 0; j < fanOut; j++) {
        let a = theta[b + j];
        for (let i = 0; i < fanIn; i++) a += h[l][i] * theta[W + i * fanOut + j];
        h[l + 1][j] = f(a);
      }
    });
    return h;
  }

  // Mean square error and its gradient by back-propagation.
  function lossAndGradient(theta, sizes, x, y, f0, f1) {
    const gradient = new Float64Array(theta.length);
    const h = sizes.map((size) => new Float64Array(size));
    const delta = sizes.map((size) => new Float64Array(size));
    const all = layers(sizes);
    const last = all.length;
    let loss = 0;
    for (let k = 0; k < x.length; k++) {
      forward(theta, sizes, x[k], f0, f1, h);
      const residual = h[last][0] - y[k];
      loss += (residual * residual) / x.length;
      delta[last][0] = ((2 * residual) / x.length) * ACTIVATIONS[f1].slope(h[last][0]);
      for (let l = last - 1; l >= 0; l--) {
        const { fanIn, fanOut, W, b } = all[l];
        const slope = ACTIVATIONS[f0].slope;
        for (let j = 0; j < fanOut; j++) gradient[b + j] += delta[l + 1][j];
        for (let i = 0; i < fanIn; i++) {
          let back = 0;
          for (let j = 0; j < fanOut; j++) {
            gradient[W + i * fanOut + j] += h[l][i] * delta[l + 1][j];
            back += theta[W + i * fanOut + j] * delta[l + 1][j];
          }
          delta[l][i] = l > 0 ? back * slope(h[l][i]) : 0; // nobody asks for ∂L/∂x
        }
      }
    }
    return { loss, gradient };
  }

  function forEachWeight(sizes, act) {
    for (const { W, b } of layers(sizes)) for (let i = W; i < b; i++) act(i);
  }

  // Gradient of loss + α/2 |w|²; biases are not penalised. Other penalties leave the gradient as it is.
  function penalisedGradient(theta, sizes, x, y, f0, f1, penalty, strength) {
    const { gradient } = lossAndGradient(theta, sizes, x, y, f0, f1);
    if (penalty === "l2") forEachWeight(sizes, (i) => (gradient[i] += strength * theta[i]));
    return gradient;
  }

  // θ − γ∇; the penalty α Σ|w| then pulls each weight by γα towards zero, and no further than zero.
  function descentStep(theta, sizes, gradient, learningRate, penalty, strength) {
    const next = theta.map((each, i) => each - learningRate * gradient[i]);
    const pull = learningRate * strength;
    if (penalty === "l1") forEachWeight(sizes, (i) => (next[i] = Math.sign(next[i]) * Math.max(Math.abs(next[i]) - pull, 0)));
    return next;
  }

  const norm = (v) => Math.sqrt(v.reduce((sum, each) => sum + each * each, 0));
  const dot = (u, v) => u.reduce((sum, each, i) => sum + each * v[i], 0);
  const DIFFERENCE = Math.cbrt(Number.EPSILON); // balances truncation and rounding of a central difference

  // Hessian times a unit vector v: how the gradient changes along v.
  function hessianProduct(gradient, theta, v) {
    const ahead = gradient(theta.map((each, i) => each + DIFFERENCE * v[i]));
    const behind = gradient(theta.map((each, i) => each - DIFFERENCE * v[i]));
    return ahead.map((each, i) => (each - behind[i]) / (2 * DIFFERENCE));
  }

  // Power iteration on H + shift·I from v. It ends when v is an eigenvector up to `tolerance`.
  function powerIteration(product, v, shift, iterations, tolerance) {
    let value = 0;
    let length = 0;
    let converged = false;
    for (let k = 0; k < iterations && !converged; k++) {
      const image = product(v).map((each, i) => each + shift * v[i]);
      value = dot(v, image);
      length = norm(image);
      if (!(length > 0)) return { value: value - shift, v, length, converged: length === 0 };
      converged = norm(image.map((each, i) => each - value * v[i])) <= tolerance * length;
      v = image.map((each) => each / length);
    }
    return { value: value - shift, v, length, converged };
  }

  // Largest eigenvalue of H. What plain power iteration finds is largest in modulus; if that is a negative one (or two of
  // opposite sign that keep it from converging), a shift makes all eigenvalues positive and it runs again.
  function largestEigenvalue(product, v, iterations = 3000, tolerance = 1e-4) {
    const length = norm(v);
    const found = powerIteration(product, v.map((each) => each / length), 0, iterations, tolerance);
    if (found.value > 0 && found.converged) return found;
    return powerIteration(product, found.v, found.length, iterations, tolerance);
  }

  // A run: data, network and where it stands. `settings` has data, noise, share, dataSeed, features, hidden, activation,
  // seed, learningRate, penalty, strength, batch; the last four may change while it runs.
  function newRun(settings) {
    const { x, y } = makeData(settings.data, settings.noise, settings.dataSeed);
    const rows = x.map((point) => settings.features.map((name) => FEATURES[name](point)));
    const N = Math.round(settings.share * COUNT);
    const sizes = [settings.features.length, ...settings.hidden, 1];
    const random = mulberry32(settings.seed);
    return {
      settings, sizes, random,
      points: { x, y, N },
      train: { x: rows.slice(0, N), y: y.slice(0, N) },
      test: { x: rows.slice(N), y: y.slice(N) },
      f0: settings.activation,
      f1: REGRESSION.includes(settings.data) ? "identity" : "tanh",
      theta: init(sizes, random),
      gradient: null, order: [], seen: 0, step: 0, direction: null,
    };
  }

  // The next batch: an epoch goes through all samples once, in a new random order; its last batch may be smaller.
  function nextBatch(run) {
    const { x, y } = run.train;
    const { batch } = run.settings;
    if (batch >= x.length) {
      run.order = [];
      run.seen += x.length;
      return run.train;
    }
    if (run.order.length === 0) run.order = permutation(x.length, run.random);
    const chosen = run.order.splice(0, batch);
    run.seen += chosen.length;
    return { x: chosen.map((k) => x[k]), y: chosen.map((k) => y[k]) };
  }

  function advance(run, steps = 1) {
    for (let k = 0; k < steps; k++) {
      const { learningRate, penalty, strength } = run.settings;
      const batch = nextBatch(run);
      run.gradient = penalisedGradient(run.theta, run.sizes, batch.x, batch.y, run.f0, run.f1, penalty, strength);
      run.theta = descentStep(run.theta, run.sizes, run.gradient, learningRate, penalty, strength);
      run.step += 1;
    }
    return run;
  }

  function predict(run, part) {
    const h = run.sizes.map((size) => new Float64Array(size));
    return part.x.map((row) => forward(run.theta, run.sizes, row, run.f0, run.f1, h)[run.sizes.length - 1][0]);
  }

  function lossOf(run, part) {
    return predict(run, part).reduce((sum, yhat, k) => sum + (yhat - part.y[k]) ** 2, 0) / part.y.length;
  }

  // The limit γ_max = 2/λ_max of descent with all training samples. The direction found is kept for the next call.
  function stabilityLimit(run, iterations = 3000, tolerance = 1e-4) {
    const { penalty, strength } = run.settings;
    const gradient = (theta) =>
      penalisedGradient(theta, run.sizes, run.train.x, run.train.y, run.f0, run.f1, penalty, strength);
    const random = mulberry32(1);
    const start = run.direction || run.theta.map(() => normal(random));
    const { value, v } = largestEigenvalue((u) => hessianProduct(gradient, run.theta, u), start, iterations, tolerance);
    run.direction = v.every(Number.isFinite) && norm(v) > 0 ? v : null;
    return { eigenvalue: value, limit: value > 0 ? 2 / value : Infinity };
  }

  // Norm of ∇L, by layer.
  function gradientNorms(run) {
    return layers(run.sizes).map(({ W, b, fanOut }) => norm(run.gradient.subarray(W, b + fanOut)));
  }

  window.coursePlayground = {
    mulberry32, normal, permutation, makeData, FEATURES, ACTIVATIONS, REGRESSION, layers, init, forward, lossAndGradient,
    penalisedGradient, descentStep, hessianProduct, largestEigenvalue, newRun, advance, predict, lossOf, stabilityLimit,
    gradientNorms,
  };
})();
