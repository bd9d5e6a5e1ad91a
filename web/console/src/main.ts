import "@ui/tokens.css";
import "./app.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { app } from "./app.svelte";
import { startRoute } from "./route.svelte";
import { startLanguage } from "./words";

startLanguage();
startRoute();
void app.start();
mount(App, { target: document.getElementById("app") as HTMLElement });
