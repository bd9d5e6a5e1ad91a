// Keeps the whole app on the phone, so that it opens without a network from the first visit on.
// The app's files are named by their content, so a cached one is never stale; only the list of them changes.
// Left out: data. What people type is in IndexedDB, and /v1/ is never cached.

type Scope = ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

const FILES = (self as unknown as Scope).__WB_MANIFEST; // written in by the build
const worker = self as unknown as Scope;
const BASE = new URL("./", worker.location.href).pathname;
const SHELL = `${BASE}index.html`;
let files: Promise<Cache> | undefined;
const CACHE = `quipu-${hash(FILES.map((f) => f.url + (f.revision ?? "")).join("\n"))}`;

worker.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    const urls = new Set(FILES.map((f) => BASE + f.url)); // the build may name a file twice; the cache refuses that
    await cache.addAll([...urls].map((url) => new Request(url, { cache: "reload" })));
  })());
});

worker.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("quipu-") && name !== CACHE) await caches.delete(name);
    }
    await worker.clients.claim();
  })());
});

// A new version waits until every tab of the old one is closed, unless the person asks for it.
worker.addEventListener("message", (event) => {
  if (event.data === "activate") void worker.skipWaiting();
});

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin || !url.pathname.startsWith(BASE)) return;
  event.respondWith((async () => {
    const key = event.request.mode === "navigate" ? SHELL : url.pathname;
    const cached = await (await (files ??= caches.open(CACHE))).match(key);
    return cached ?? fetch(event.request);
  })());
});

function hash(text: string): string {
  let h = 5381;
  for (let i = 0; i < text.length; i++) h = (Math.imul(h, 33) ^ text.charCodeAt(i)) >>> 0;
  return h.toString(36);
}
