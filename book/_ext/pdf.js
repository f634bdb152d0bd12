// One page of the book, made ready for paper. The page hands back its article as plain HTML: explorations as the picture at which
// their sliders start, answers unfolded, addresses and names that stay unique when all pages become one document.
async (pages) => {
  const book = new URL(document.documentElement.dataset.content_root, location.href);
  const prefixes = new Map(Object.entries(pages).map(([page, prefix]) => [new URL(page, book).pathname, prefix]));
  const prefix = prefixes.get(location.pathname);
  const article = document.querySelector("article.bd-article");
  const each = (selector, change) => article.querySelectorAll(selector).forEach(change);

  // Explorations: what their sliders show, in words, over the one picture that is seen.
  each(".widget-subarea img, .widget-subarea .course-figures", (part) => part.checkVisibility() || part.remove());
  each(".widget-slider", (slider) => {
    const words = document.createElement("p");
    words.className = "slider-position";
    words.textContent = [".widget-label", ".widget-readout"].map((part) => slider.querySelector(part).textContent.trim()).join(": ");
    slider.replaceWith(words);
  });

  // The playground stays away; its chapter has a still picture of it.
  each("#playground", (part) => part.remove());

  // Molecules: pictures with their text, and with their gradients inside.
  each("figure.molecule", (figure) => {
    const drawing = figure.querySelector("svg");
    const picture = document.createElement("img");
    picture.alt = drawing.getAttribute("aria-label");
    picture.width = picture.height = 300;
    picture.src = "data:image/svg+xml," + encodeURIComponent(new XMLSerializer().serializeToString(drawing));
    const caption = document.createElement("p"); // in a <figure>, Chromium would make a second one, without a text
    caption.append(...(figure.querySelector("figcaption")?.childNodes ?? []));
    const place = document.createElement("div");
    place.className = "molecule";
    place.append(picture, caption);
    figure.replaceWith(place);
  });

  // Folded parts: answers and hints open, code that only draws stays away.
  each("details.hide", (code) => code.remove());
  each("details", (part) => part.replaceWith(...part.childNodes));
  each("summary", (line) => {
    const words = document.createElement("p");
    words.className = "unfolded";
    words.append(...line.childNodes);
    line.replaceWith(words);
  });
  each(".toggle-hidden", (part) => part.classList.remove("toggle-hidden"));
  each(".dropdown", (part) => part.classList.remove("dropdown", "toggle"));
  each("script, link, noscript, iframe, input:not([type=radio]), select, a.headerlink, .viewcode-link, .d-print-none, .visually-hidden", (part) => part.remove());
  each("button", (button) => button.remove());

  // Formulas: the glyphs that are seen are what a screen reader gets too, so they must not be hidden from it.
  each("mjx-assistive-mml", (part) => part.remove());
  each("mjx-container [aria-hidden]", (part) => part.removeAttribute("aria-hidden"));

  // Links between pages become links inside of the document; what is not printed is not linked.
  each("a[href]", (link) => {
    const target = new URL(link.href);
    if (!target.pathname.startsWith(book.pathname) || target.protocol !== location.protocol) return;
    const page = prefixes.get(target.pathname);
    if (!page) return link.replaceWith(...link.childNodes);
    link.setAttribute("href", "#" + page + (target.hash ? "--" + decodeURIComponent(target.hash.slice(1)) : ""));
    link.removeAttribute("target");
  });
  each("img[src]", (picture) => (picture.src = picture.src)); // the address in full
  each("[id]", (part) => (part.id = prefix + "--" + part.id));
  for (const name of ["for", "aria-labelledby", "aria-describedby", "headers"])
    each(`[${name}]`, (part) => part.setAttribute(name, part.getAttribute(name).replace(/\S+/g, prefix + "--$&")));
  each("[name]", (part) => part.removeAttribute("name"));

  // Parts take the first level of headings, chapters the second.
  for (let level = 5; level; level--)
    each("h" + level, (heading) => {
      const lower = document.createElement("h" + (level + 1));
      for (const { name, value } of heading.attributes) lower.setAttribute(name, value);
      lower.append(...heading.childNodes);
      heading.replaceWith(lower);
    });

  const formulas = [...document.styleSheets].find((sheet) => sheet.ownerNode.id === "MJX-CHTML-styles");
  return {
    title: article.querySelector("h2").textContent.trim(),
    article: article.innerHTML,
    sheets: [...document.querySelectorAll("head link[rel=stylesheet]")].map((link) => link.href),
    formulas: formulas ? [...formulas.cssRules].map((rule) => rule.cssText) : [],
  };
}
