/** Picture files as pixels. The engine does the rest; here is only decoding, and what must be refused before it. */

/** The largest picture that is decoded: a phone's camera makes 4,000 to 9,000 pixels a side. */
export const PICTURE_LIMITS = { side: 10_000, pixels: 64_000_000, bytes: 64 * 1024 * 1024 } as const;
/** The longest side that is handed on. A larger picture is decoded smaller: no digit needs more. */
const KEPT = 2048;

/** One sentence on why a picture of this size cannot be taken, or null. */
export function refusal(width: number, height: number): string | null {
  if (width === 0 || height === 0) return 'it has no pixels';
  const { side, pixels } = PICTURE_LIMITS;
  if (width > side || height > side)
    return `it is ${width} × ${height} pixels; at most ${side} a side are taken`;
  if (width * height > pixels) {
    return `it is ${width} × ${height} pixels; at most ${pixels / 1e6} million in all are taken`;
  }
  return null;
}

/**
 * Decodes a picture file.
 *
 * @throws Error with one sentence when it is none, or too large.
 */
export async function pixels(file: Blob): Promise<ImageData> {
  if (file.size === 0) throw new Error('the file is empty');
  if (file.size > PICTURE_LIMITS.bytes) {
    throw new Error(
      `the file has ${Math.round(file.size / 1e6)} MB; at most ${PICTURE_LIMITS.bytes / 2 ** 20} are taken`,
    );
  }
  const url = URL.createObjectURL(file);
  try {
    const image = await loaded(url);
    const { naturalWidth: width, naturalHeight: height } = image;
    // Before anything is drawn: only then would the pixels take memory.
    const reason = refusal(width, height);
    if (reason) throw new Error(reason);
    const scale = Math.min(1, KEPT / Math.max(width, height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('this browser has no memory for it');
    context.imageSmoothingQuality = 'high';
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  } finally {
    URL.revokeObjectURL(url);
  }
}

function loaded(url: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error('this browser cannot read it as a picture'));
    image.src = url;
  });
}
