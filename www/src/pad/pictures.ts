/** Decodes picture files to pixels, and refuses those that are too large. The engine does the rest. */

/** The largest picture that is decoded: the cameras of phones take 4,000 to 9,000 pixels per side. */
export const PICTURE_LIMITS = { side: 10_000, pixels: 64_000_000, bytes: 64 * 1024 * 1024 } as const;
/** Pixels of the longest side after decoding; larger pictures are reduced, as no digit needs more. */
const KEPT = 2048;

/** Why a picture of this size is refused, or null. */
export function refusal(width: number, height: number): string | null {
  if (width === 0 || height === 0) return 'it has no pixels';
  const { side, pixels } = PICTURE_LIMITS;
  if (width > side || height > side)
    return `it has ${width} × ${height} pixels; the limit is ${side} per side`;
  if (width * height > pixels) {
    return `it has ${width} × ${height} pixels; the limit is ${pixels / 1e6} million in total`;
  }
  return null;
}

/**
 * Decodes a picture file.
 *
 * @throws Error if the file is not a picture that the browser decodes, or is too large
 */
export async function pixels(file: Blob): Promise<ImageData> {
  if (file.size === 0) throw new Error('the file is empty');
  if (file.size > PICTURE_LIMITS.bytes) {
    throw new Error(
      `the file has ${Math.ceil(file.size / 2 ** 20)} MiB; the limit is ${PICTURE_LIMITS.bytes / 2 ** 20} MiB`,
    );
  }
  const url = URL.createObjectURL(file);
  try {
    const image = await loaded(url);
    const { naturalWidth: width, naturalHeight: height } = image;
    // Checked before drawing, which is what allocates the pixels.
    const reason = refusal(width, height);
    if (reason) throw new Error(reason);
    const scale = Math.min(1, KEPT / Math.max(width, height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('the browser has no memory for it');
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
    image.onerror = () => reject(new Error('the browser does not recognize it as a picture'));
    image.src = url;
  });
}
