// A draft as stored: [length, u32 big-endian][header, JSON][the engine's own bytes].

import type { DraftHeader } from "./views";

export function packDraft(header: DraftHeader, engineBytes: Uint8Array): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(4 + json.length + engineBytes.length);
  new DataView(bytes.buffer).setUint32(0, json.length);
  bytes.set(json, 4);
  bytes.set(engineBytes, 4 + json.length);
  return bytes;
}

export function draftHeader(bytes: Uint8Array): DraftHeader {
  return JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length(bytes)))) as DraftHeader;
}

export function draftAnswers(bytes: Uint8Array): Uint8Array {
  return bytes.slice(4 + length(bytes));
}

function length(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
