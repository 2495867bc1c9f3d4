import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { precompress } from "./vite-precompress";

const node = process.env.VEDETTE_URL ?? "http://127.0.0.1:8686";

export default defineConfig({
  plugins: [react(), precompress()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  // Host stays as the browser sent it: the server compares it with Origin.
  server: { proxy: { "/api": { target: node, changeOrigin: false, secure: false } } },
  build: { target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false }, license: { fileName: "licenses.txt" },
    // The editor of queries and rules is a file of its own, which no page waits for.
    rolldownOptions: { output: { advancedChunks: { groups: [{ name: "editor", test: /node_modules\/(@codemirror|@lezer|codemirror|crelt|style-mod|w3c-keyname)/ }] } } } },
  worker: { format: "es" },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
    setupFiles: ["src/testing/setup.ts"],
    restoreMocks: true,
  },
});
