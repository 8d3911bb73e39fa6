/** Scrolls `view` as the mouse drags its background; with a finger, the browser scrolls. */
export function drag(event: PointerEvent, view: HTMLElement): void {
  if (event.pointerType !== 'mouse' || event.button !== 0) return;
  if (event.target instanceof Element && event.target.closest('button')) return;
  event.preventDefault();
  const from = { x: event.clientX + view.scrollLeft, y: event.clientY + view.scrollTop };
  const move = ({ clientX, clientY }: PointerEvent): void =>
    view.scrollTo(from.x - clientX, from.y - clientY);
  const listening = new AbortController();
  const { signal } = listening;
  addEventListener('pointermove', move, { signal });
  addEventListener('pointerup', () => listening.abort(), { signal });
  addEventListener('pointercancel', () => listening.abort(), { signal });
}
