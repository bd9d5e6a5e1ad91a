import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { VitePWA } from "vite-plugin-pwa";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "/collect/",
  resolve: { alias: { "@ui": here("../ui"), "@engine": here("../engine") } },
  plugins: [
    svelte(),
    VitePWA({
      strategies: "injectManifest",
      srcDir: "src",
      filename: "sw.ts",
      injectRegister: false,
      injectManifest: { globPatterns: ["**/*.{js,css,html,svg,png,wasm,webmanifest}"], maximumFileSizeToCacheInBytes: 8 << 20 },
      manifest: {
        id: "/collect/",
        name: "Quipu",
        short_name: "Quipu",
        description: "Census at the door",
        start_url: "/collect/",
        scope: "/collect/",
        display: "standalone",
        orientation: "portrait",
        background_color: "#f5f3ee",
        theme_color: "#0b5d5c",
        icons: [
          { src: "icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
    }),
  ],
  worker: { format: "es" },
  // Android 9 with a WebView kept current by the store; iOS 15.
  build: { target: ["chrome90", "safari15"], cssTarget: "chrome90", reportCompressedSize: true },
  server: { proxy: { "/v1": process.env.QUIPU_SERVER ?? "http://127.0.0.1:8080" } },
  preview: { proxy: { "/v1": process.env.QUIPU_SERVER ?? "http://127.0.0.1:8080" } },
});
