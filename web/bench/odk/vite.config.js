import { defineConfig } from "vite";

export default defineConfig({ base: "./", build: { outDir: "../../../target/bench-odk", emptyOutDir: true, target: "es2022" } });
