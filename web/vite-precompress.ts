import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const compressible = /\.(?:js|css|html|svg|json)$/;
const worthIt = 1024;

/** Puts the gzipped form beside each file, so that the node need not compress. */
export function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    writeBundle(options, bundle) {
      for (const name of Object.keys(bundle)) {
        const file = join(options.dir ?? "dist", name);
        if (!compressible.test(name)) continue;
        const bytes = readFileSync(file);
        if (bytes.length < worthIt) continue;
        writeFileSync(`${file}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
      }
    },
  };
}
