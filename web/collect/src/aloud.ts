// Reading a text aloud: a recording when a pack has one, else the phone's own voice, which works without a network.
// Only what was tapped is read, and answers never are. Where there is neither, the buttons are not drawn.
//
// A pack is one JSON file: { "format": "quipu-audio/1", "language": "zh", "sounds": { "the text": "base64 of a sound" } }.
// Sounds are decoded here rather than given to an <audio> element, which the office's content policy would refuse.

interface Pack { format: string; language: string; sounds: Record<string, string> }

const CACHE = "audio-packs";
const packs = new Map<string, Map<string, string>>();
let context: AudioContext | undefined;
let playing: AudioBufferSourceNode | undefined;
let changed: () => void = () => undefined;

/** Loads kept packs; `onChange` is called whenever what can be read may have changed. */
export async function startAloud(onChange: () => void): Promise<void> {
  changed = onChange;
  globalThis.speechSynthesis?.addEventListener?.("voiceschanged", () => changed());
  try {
    const cache = await caches.open(CACHE);
    for (const request of await cache.keys()) {
      const kept = await cache.match(request);
      if (kept) take((await kept.json()) as Pack);
    }
  } catch { /* no storage for packs: the phone's voice remains */ }
  changed();
}

/** Takes a pack from a file and keeps it. Gives its language and how many recordings it has. */
export async function addPack(file: File): Promise<{ language: string; count: number }> {
  const text = await file.text();
  const pack = JSON.parse(text) as Pack;
  if (pack.format !== "quipu-audio/1" || typeof pack.language !== "string" || typeof pack.sounds !== "object") throw new Error("aloud.not_a_pack");
  take(pack);
  await (await caches.open(CACHE)).put(`/audio/${encodeURIComponent(pack.language)}`, new Response(text));
  changed();
  return { language: pack.language, count: Object.keys(pack.sounds).length };
}

function take({ language, sounds }: Pack): void {
  packs.set(language, new Map(Object.entries(sounds)));
}

/** A voice of the language, one on the phone itself before one that needs a network. */
function voice(language: string): SpeechSynthesisVoice | undefined {
  const all = (globalThis.speechSynthesis?.getVoices() ?? []).filter((v) => v.lang.split(/[-_]/)[0]?.toLowerCase() === language);
  return all.find((v) => v.localService) ?? all[0];
}

export const canRead = (text: string, language: string): boolean => packs.get(language)?.has(text) === true || voice(language) !== undefined;

/** Reads the texts one after another; what was being read stops. A second call with nothing only stops. */
export async function read(texts: string[], language: string): Promise<void> {
  globalThis.speechSynthesis?.cancel();
  playing?.stop();
  for (const text of texts.filter(Boolean)) {
    const sound = packs.get(language)?.get(text);
    if (sound && (await play(sound))) continue;
    const speaker = voice(language);
    if (!speaker) continue;
    const said = new SpeechSynthesisUtterance(text);
    said.voice = speaker;
    said.lang = speaker.lang;
    said.rate = 0.9;
    speechSynthesis.speak(said);
  }
}

async function play(base64: string): Promise<boolean> {
  try {
    context ??= new AudioContext();
    await context.resume();
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const buffer = await context.decodeAudioData(bytes.buffer);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    playing = source;
    await new Promise<void>((ended) => { source.onended = () => ended(); source.start(); });
    return true;
  } catch {
    return false;
  }
}
