// Replaces what changed when a mail arrives; without JavaScript the page reloads itself instead.
const pause = 1500;
let shown = document.body.dataset.version;

async function renew() {
  // Whoever reads one conversation must not find another under the pointer.
  const address = new URL(location.href);
  const reading = document.querySelector("main").dataset.thread;
  if (reading) address.searchParams.set("thread", reading);
  const answer = await fetch(address, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    // What did not change stays as it is, frames and all.
    if (other && other.dataset.state !== part.dataset.state) part.replaceWith(other);
  }
  document.title = fresh.title;
  shown = fresh.body.dataset.version;
}

async function look() {
  try {
    const answer = await fetch("/inbox/version", { cache: "no-store" });
    document.body.classList.remove("offline");
    if ((await answer.text()) !== shown) await renew();
  } catch {
    document.body.classList.add("offline");
  }
  setTimeout(look, document.hidden ? pause * 4 : pause);
}

setTimeout(look, pause);
