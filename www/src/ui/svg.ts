/** Saves drawings of the page as SVG files that need nothing from the page. */
import { fileName, save } from './save';

export const SVG = 'http://www.w3.org/2000/svg';

/** Properties that a drawing gets from the page's styles. */
const STYLED = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
] as const;

/** A copy that looks the same without the page: with its computed styles, on the page's background. */
export function standalone(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const copies = copy.querySelectorAll('*');
  svg.querySelectorAll('*').forEach((element, i) => {
    const style = getComputedStyle(element);
    const twin = copies[i];
    for (const name of STYLED) twin?.setAttribute(name, style.getPropertyValue(name));
    twin?.removeAttribute('class');
  });
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute('xmlns', SVG);
  copy.setAttribute('viewBox', `0 0 ${width} ${height}`);
  for (const { name } of [...copy.attributes])
    if (/^(class|data-|role)/.test(name)) copy.removeAttribute(name);
  const background = document.createElementNS(SVG, 'rect');
  background.setAttribute('width', '100%');
  background.setAttribute('height', '100%');
  background.setAttribute('fill', getComputedStyle(document.documentElement).backgroundColor);
  copy.prepend(background);
  return copy;
}

/** Saves a drawing that does not depend on the page's styles. */
export const saveDrawing = (svg: SVGElement, ...parts: readonly string[]): void =>
  save(fileName('svg', ...parts), new XMLSerializer().serializeToString(svg), 'image/svg+xml');

/** Saves a drawing of the page as it is shown. */
export const saveSvg = (svg: SVGSVGElement, ...parts: readonly string[]): void =>
  saveDrawing(standalone(svg), ...parts);
