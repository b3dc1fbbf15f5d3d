(() => {
  "use strict";
  const form = document.getElementById("search");
  const input = document.getElementById("words");
  const told = document.getElementById("found");
  const results = document.getElementById("results");
  const MOST_SHOWN = 20;
  const IDLE = new Set("which what who where when how does do is are as for a an the of in to and or count counts industry industries code codes".split(" "));
  const fold = (text) => " " + text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f'’]/g, "").replace(/[^a-z0-9]+/g, " ").trim() + " ";
  let pages = null; // criteria and titles, with their texts by weight; read at the first search

  function read() {
    const text = (node, selector) => fold([...node.querySelectorAll(selector)].map((one) => one.textContent).join(" "));
    const criteria = [...document.querySelectorAll("article")].map((node) => ({
      node, kind: "criterion",
      codes: [...node.querySelectorAll(".sic")].map((one) => one.textContent.split(" ")[0]),
      texts: [[8, text(node, "h4")], [8, fold(node.id)], [4, text(node, ".statement, .sic")], [2, text(node, ".phrases")], [1, text(node, ".entries, .examples")]],
    }));
    const titles = [...document.querySelectorAll(".titles > li")].map((node) => ({
      node, kind: "title", codes: [], texts: [[8, text(node, ":scope > b")], [2, text(node, "ul")]],
    }));
    return [...titles, ...criteria];
  }

  // A word counts once, by the weightiest text in which a word begins with it, or as a SIC code that a
  // listed prefix covers; the whole phrase counts again.
  function score(page, words) {
    const phrase = " " + words.join(" ");
    let met = 0, points = 0;
    for (const word of words) {
      const best = page.texts.find(([, text]) => text.includes(" " + word));
      const covered = /^\d{2,5}$/.test(word) && page.codes.some((code) => word.startsWith(code));
      if (best || covered) { met += 1; points += covered ? 8 : best[0]; }
    }
    for (const [weight, text] of page.texts) {
      if (text === phrase + " ") points += 8 * weight;
      else if (text.includes(phrase + " ")) points += 10 + weight;
    }
    return { page, met, points };
  }

  function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  }

  function shown(page) {
    if (page.kind === "title") {
      const copy = page.node.cloneNode(true);
      copy.querySelectorAll("[id]").forEach((node) => node.removeAttribute("id"));
      return copy;
    }
    const item = document.createElement("li");
    const link = element("a", page.node.querySelector("h4").textContent);
    link.href = "#" + page.node.id;
    const kind = element("span", " " + page.node.querySelector(".dim").textContent);
    kind.className = "dim";
    item.append(link, kind, element("p", page.node.querySelector(".statement").textContent));
    const source = element("p", page.node.querySelector(".source").textContent);
    source.className = "source";
    item.append(source);
    return item;
  }

  function list(heading, found) {
    const items = document.createElement("ul");
    items.className = "found";
    items.append(...found.slice(0, MOST_SHOWN).map(({ page }) => shown(page)));
    const more = found.length - MOST_SHOWN;
    return [element("h3", `${heading} (${found.length})`), items,
      ...(more > 0 ? [element("p", `and ${more} more: add a word to narrow the search.`)] : [])];
  }

  function search() {
    const all = fold(input.value).trim().split(" ").filter(Boolean);
    const telling = all.filter((word) => !IDLE.has(word));
    const words = telling.length ? telling : all;
    results.replaceChildren();
    results.hidden = words.length === 0;
    told.textContent = "";
    if (results.hidden) return;
    pages ??= read();
    const scored = pages.map((page) => score(page, words));
    const most = Math.max(...scored.map(({ met }) => met), 0);
    const found = scored.filter(({ met }) => most > 0 && met === most).sort((a, b) => b.points - a.points);
    const titles = found.filter(({ page }) => page.kind === "title");
    const criteria = found.filter(({ page }) => page.kind === "criterion");
    const partly = most > 0 && most < words.length ? ` None has all of “${words.join(" ")}”; these have most of it.` : "";
    const counted = (many, one, more) => `${many} ${many === 1 ? one : more}`;
    told.textContent = `Found: ${counted(titles.length, "title", "titles")}, ${counted(criteria.length, "criterion", "criteria")}.${partly}`;
    if (titles.length) results.append(...list("Titles", titles));
    if (criteria.length) results.append(...list("Criteria", criteria));
  }

  function follow() {
    const asked = decodeURIComponent(location.hash);
    if (asked.startsWith("#q=")) {
      input.value = asked.slice(3);
      search();
      form.scrollIntoView();
    } else if (asked.length > 1) {
      const target = document.getElementById(asked.slice(1));
      if (target instanceof HTMLDetailsElement) target.open = true;
      target?.scrollIntoView();
    }
  }

  let waiting;
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 150); });
  form.addEventListener("submit", (event) => { event.preventDefault(); search(); results.scrollIntoView(); });
  addEventListener("hashchange", follow);
  form.hidden = false;
  follow();
})();
