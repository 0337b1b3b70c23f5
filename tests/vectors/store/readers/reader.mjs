// Reads golden files with JavaScript alone: node reader.mjs FILE ... prints case, tensor, format, shape, Adler-32.
import { readFileSync } from "node:fs";

function adler32(bytes) {
  let a = 1, b = 0;
  for (const byte of bytes) { a = (a + byte) % 65521; b = (b + a) % 65521; }
  return ((b * 65536 + a) >>> 0).toString(16).padStart(8, "0");
}

for (const path of process.argv.slice(2)) {
  const raw = readFileSync(path);
  const start = 8 + Number(raw.readBigUInt64LE(0));
  const { __metadata__: metadata, ...tensors } = JSON.parse(raw.subarray(8, start).toString("utf8"));
  const said = JSON.parse(metadata["mxfp8-moe-conformance"]);
  for (const [name, { format, shape }] of Object.entries(said.tensors)) {
    const [first, last] = tensors[name].data_offsets;
    console.log(said.case, name, format, shape.join("x"), adler32(raw.subarray(start + first, start + last)));
  }
}
