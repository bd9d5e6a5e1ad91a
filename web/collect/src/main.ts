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
if ("serviceWorker" in navigator && import.meta.env.PROD) {
  void navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, { scope: import.meta.env.BASE_URL }).then((registration) => {
    const offer = () => { if (registration.waiting && navigator.serviceWorker.controller) app.update = registration.waiting; };
    offer();
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", offer));
  }).catch(() => undefined);
}
