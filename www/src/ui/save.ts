/** Saving files to the visitor's device. */

/** A file name from parts, such as `lenet5-c3.npy`; characters that systems forbid in names are replaced. */
export const fileName = (ending: string, ...parts: readonly string[]): string => {
  const safe = parts.map((part) =>
    part
      .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
      .replaceAll(/^[.-]+|[.-]+$/g, '')
      .slice(0, 60),
  );
  return `${safe.filter(Boolean).join('-') || 'convscope'}.${ending}`;
};

/** Saves bytes or text as a file. */
export function save(name: string, content: BlobPart, type: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  // A download that has begun no longer needs the address.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Minimum pixels of the shorter side of a saved picture. */
const MIN_SIDE = 560;

/** Saves a picture as PNG, enlarged by an integer factor with sharp pixels, as it is shown. */
export function savePicture(canvas: HTMLCanvasElement, ...parts: readonly string[]): void {
  const factor = Math.max(1, Math.ceil(MIN_SIDE / Math.max(1, Math.min(canvas.width, canvas.height))));
  const large = document.createElement('canvas');
  large.width = canvas.width * factor;
  large.height = canvas.height * factor;
  const context = large.getContext('2d');
  if (!context) return;
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  large.toBlob((blob) => blob && save(fileName('png', ...parts), blob, 'image/png'), 'image/png');
}
