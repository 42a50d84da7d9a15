// Unpacks the headless Chromium that @sparticuz/chromium carries, with its libraries and a font, into a folder.
// Run by `make chromium` where the machine has no browser of its own.

import { createReadStream, createWriteStream } from "node:fs";
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar-fs";

const target = resolve(process.argv[2]);
const half = `${target}.part`;
const packed = join("node_modules", "@sparticuz", "chromium", "bin");
const unpack = (name, to) => pipeline(createReadStream(join(packed, name)), createBrotliDecompress(), to);

await rm(half, { recursive: true, force: true });
await mkdir(half, { recursive: true });
await unpack("chromium.br", createWriteStream(join(half, "chromium")));
await chmod(join(half, "chromium"), 0o755);
for (const archive of ["al2023.tar.br", "swiftshader.tar.br", "fonts.tar.br"]) await unpack(archive, extract(half));
await writeFile(
  join(half, "fonts.conf"),
  `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${target}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${target}/font-cache</cachedir></fontconfig>
`,
);
await rename(half, target);
