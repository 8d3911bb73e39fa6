/** Taking things along: files that the visitor keeps. */

/** A file's name from what it holds, such as `lenet5-c3.npy`; what systems forbid in names is left out. */
export const fileName = (ending: string, ...parts: readonly string[]): string => {
  const safe = parts.map((part) =>
    part
      .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
      .replaceAll(/^[.-]+|[.-]+$/g, '')
      .slice(0, 60),
  );
  return `${safe.filter(Boolean).join('-') || 'convscope'}.${ending}`;
};

/** Hands bytes or text to the visitor as a file. */
export function save(name: string, content: BlobPart, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  // The download has its own hold on the bytes once it began.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Pixels that a saved picture has at least along its shorter side, so that it is not a stamp. */
const LEAST = 560;

/** Saves a picture as PNG, enlarged by a whole factor with its pixels sharp, as it is shown. */
export function savePicture(canvas: HTMLCanvasElement, ...parts: readonly string[]): void {
  const factor = Math.max(1, Math.ceil(LEAST / Math.max(1, Math.min(canvas.width, canvas.height))));
  const large = document.createElement('canvas');
  large.width = canvas.width * factor;
  large.height = canvas.height * factor;
  const context = large.getContext('2d');
  if (!context) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  large.toBlob((blob) => blob && save(fileName('png', ...parts), blob, 'image/png'), 'image/png');
}
