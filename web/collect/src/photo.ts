// A photo made small enough to send over a weak network. Drawing it anew leaves out what the camera writes into the file,
// such as the place and the phone's name.

/** The longer side, pixels: a door number is still read. */
export const SIDE_MAX = 1600;
const QUALITY = 0.8;

/** The photo as JPEG with no side longer than `side`; throws `answer.photo_failed`. */
export async function smaller(file: File, side = SIDE_MAX): Promise<Uint8Array> {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d")?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  if (!blob) throw new Error("answer.photo_failed");
  return new Uint8Array(await blob.arrayBuffer());
}
