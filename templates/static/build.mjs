// Builds templates/static/dist: one script, one stylesheet, one icon sprite and the pictures, each under
// a name that carries its content's hash, and manifest.json, which maps plain names to those.
// Run by `make assets`; nothing of Node is needed once it has run.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const lucide = join(here, "../../node_modules/lucide-static/icons");
const dist = join(here, "dist");
const entries = ["css/app.css", "js/app.js"];
const manifest = {};

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await bundle(entries.map((name) => join(here, name)));
await sprite(JSON.parse(await readFile(join(here, "icons.json"), "utf8")));
await pictures(join(here, "images"));
const sorted = Object.fromEntries(Object.entries(manifest).sort());
await writeFile(join(dist, "manifest.json"), JSON.stringify(sorted, null, 2) + "\n");
console.log(`assets: ${Object.keys(sorted).join(", ")}`);

/** JS and CSS, lowered to the oldest browsers we serve; fails on any warning. */
async function bundle(entryPoints) {
  const { metafile, warnings } = await build({
    entryPoints,
    bundle: true,
    minify: true,
    metafile: true,
    outdir: dist,
    entryNames: "[name]-[hash]",
    target: ["chrome109", "firefox115", "safari16"],
    legalComments: "none",
    logLevel: "warning",
  });
  if (warnings.length > 0) process.exit(1);
  for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
    if (entryPoint) manifest[basename(entryPoint)] = basename(file);
  }
}

/** The icons named in icons.json, from our own icons/ or else from Lucide, as <symbol>s of one file. */
async function sprite(names) {
  const symbols = await Promise.all([...names].sort().map(symbol));
  await hashed("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

async function symbol(name) {
  const own = join(here, "icons", `${name}.svg`);
  const source = await readFile(existsSync(own) ? own : join(lucide, `${name}.svg`), "utf8");
  const drawing = source.match(/<svg[^>]*viewBox="([^"]+)"[^>]*>([\s\S]*?)<\/svg>/);
  if (!drawing) throw new Error(`icon ${name}: no <svg viewBox=…> found`);
  const shapes = drawing[2].replace(/\s+/g, " ").trim();
  const stroke = existsSync(own)
    ? ""
    : ' fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="${drawing[1]}"${stroke}>${shapes}</symbol>`;
}

/** Pictures that pages show as they are: the favicon. */
async function pictures(folder) {
  if (!existsSync(folder)) return;
  for (const name of await readdir(folder)) await hashed(name, await readFile(join(folder, name)));
}

async function hashed(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8).toUpperCase();
  const stored = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  await writeFile(join(dist, stored), content);
  manifest[name] = stored;
}
