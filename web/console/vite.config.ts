import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const server = { target: process.env.QUIPU_SERVER ?? "https://127.0.0.1:8443", secure: false };

export default defineConfig({
  base: "/console/",
  resolve: { alias: { "@ui": fileURLToPath(new URL("../ui", import.meta.url)) } },
  plugins: [svelte()],
  build: { target: ["chrome100", "safari15"], reportCompressedSize: true },
  server: { proxy: { "/api": server } },
  preview: { proxy: { "/api": server } },
});
