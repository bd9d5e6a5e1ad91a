import "@ui/tokens.css";
import "./app.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { app } from "./app.svelte";
import { startLanguage } from "./words";

startLanguage();
void app.start();
mount(App, { target: document.getElementById("app") as HTMLElement });

// The app keeps itself on the phone from the first visit; without HTTPS the browser offers no service worker.
if ("serviceWorker" in navigator && import.meta.env.PROD) keepOnPhone(5_000);

/** Registers the service worker. On a weak network its first download may fail: it is tried again, ever more rarely. */
function keepOnPhone(wait_ms: number): void {
  const again = () => void setTimeout(() => keepOnPhone(Math.min(wait_ms * 2, 5 * 60_000)), wait_ms);
  navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, { scope: import.meta.env.BASE_URL }).then((registration) => {
    const offer = () => { if (registration.waiting && navigator.serviceWorker.controller) app.update = registration.waiting; };
    const watch = (fresh: ServiceWorker | null) => fresh?.addEventListener("statechange", () => {
      offer();
      if (fresh.state === "redundant" && !registration.active) again();
    });
    offer();
    watch(registration.installing);
    registration.addEventListener("updatefound", () => watch(registration.installing));
  }).catch(again);
}
