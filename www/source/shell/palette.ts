/** The page's colours, for what is drawn without style sheets. */

/** Returns a colour of the palette as it is now. */
export function paletteColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
