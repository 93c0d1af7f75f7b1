// A page that a server keeps up to date: the document comes anew with every save.

const page = new Page($("layout-code").textContent);
let chosen = new URLSearchParams(location.search).get("network") ?? "";

async function fetchDocument() {
  const answer = await fetch(`/document?network=${encodeURIComponent(chosen)}`);
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  await page.show(await answer.json());
}

page.choose = (name) => {
  chosen = name;
  history.replaceState(null, "", `?network=${encodeURIComponent(name)}`);
  fetchDocument().catch((problem) => say(problem.message));
};

const events = new EventSource("/events");
events.addEventListener("change", () => fetchDocument().catch((problem) => say(problem.message)));
events.addEventListener("open", () => document.body.classList.remove("lost"));
events.addEventListener("error", () => {
  document.body.classList.add("lost");
  say("archdsl serve has ended; the page stays as it is.");
});
fetchDocument().catch((problem) => say(problem.message));
