/** Drawings of the page as files that any program for vector graphics opens. */
import { fileName, save } from './save';

export const SVG = 'http://www.w3.org/2000/svg';

/** What a drawing owes to the page's styles. */
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

/** A copy that looks the same without the page: styles written out, on the page's own ground. */
export function standalone(svg: SVGSVGElement): SVGSVGElement {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const copies = copy.querySelectorAll('*');
  svg.querySelectorAll('*').forEach((element, i) => {
    const style = getComputedStyle(element);
    const mine = copies[i];
    for (const name of STYLED) mine?.setAttribute(name, style.getPropertyValue(name));
    mine?.removeAttribute('class');
  });
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute('xmlns', SVG);
  copy.setAttribute('viewBox', `0 0 ${width} ${height}`);
  for (const { name } of [...copy.attributes])
    if (/^(class|data-|role)/.test(name)) copy.removeAttribute(name);
  const ground = document.createElementNS(SVG, 'rect');
  ground.setAttribute('width', '100%');
  ground.setAttribute('height', '100%');
  ground.setAttribute('fill', getComputedStyle(document.documentElement).backgroundColor);
  copy.prepend(ground);
  return copy;
}

/** Saves a drawing that needs nothing of the page. */
export const saveDrawing = (svg: SVGElement, ...parts: readonly string[]): void =>
  save(fileName('svg', ...parts), new XMLSerializer().serializeToString(svg), 'image/svg+xml');

/** Saves a drawing of the page as it looks. */
export const saveSvg = (svg: SVGSVGElement, ...parts: readonly string[]): void =>
  saveDrawing(standalone(svg), ...parts);
