/** Dark or light: the system's theme, until the visitor chooses one. */
export type Theme = 'light' | 'dark';

/** The colours that canvases need as numbers. */
export interface Palette {
  readonly ink: RGB;
  readonly zero: RGB;
  readonly accent: RGB;
  readonly sheet: RGB;
}
export type RGB = readonly [number, number, number];

const KEY = 'convscope-theme';
const system = matchMedia('(prefers-color-scheme: dark)');

const readStored = (): Theme | null => {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === 'light' || theme === 'dark' ? theme : null;
  } catch {
    return null; // storage may be blocked
  }
};

const systemTheme = (): Theme => (system.matches ? 'dark' : 'light');
const stored = readStored();

let chosen = $state<Theme | null>(stored);
let preferred = $state<Theme>(systemTheme());
const first = apply(stored ?? systemTheme());
let palette = $state.raw<Palette>(first);

function apply(theme: Theme): Palette {
  document.documentElement.dataset.theme = theme;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): RGB => {
    const hex = style.getPropertyValue(name).trim();
    return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as RGB;
  };
  return {
    ink: colour('--ink'),
    zero: colour('--zero'),
    accent: colour('--accent'),
    sheet: colour('--sheet'),
  };
}

// WebKit may run this before the styles are loaded, when the colours are unknown.
if (Number.isNaN(first.ink[0])) {
  addEventListener('load', () => (palette = apply(theme.current)), { once: true });
}

/** Follows the system until the returned function is called. */
export function followSystem(): () => void {
  const follow = (): void => {
    preferred = systemTheme();
    palette = apply(theme.current);
  };
  system.addEventListener('change', follow);
  return () => system.removeEventListener('change', follow);
}

export const theme = {
  get current(): Theme {
    return chosen ?? preferred;
  },
  get palette(): Palette {
    return palette;
  },
  toggle(): void {
    chosen = theme.current === 'dark' ? 'light' : 'dark';
    palette = apply(chosen);
    try {
      localStorage.setItem(KEY, chosen);
    } catch {
      // Storage is blocked: the choice lasts until the page is closed.
    }
  },
};
