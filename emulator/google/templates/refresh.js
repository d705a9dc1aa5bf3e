// Replaces what changed when a mail arrives; without JavaScript the page reloads itself instead.
const pause = 1500;
let shown = document.body.dataset.version;

async function renew() {
  const answer = await fetch(location.href, { cache: "no-store" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    // A thread that is being read stays as it is, frames and all, unless it got a mail.
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
