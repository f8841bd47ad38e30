/** Where the page says what it cannot do. */

/** Shows an error at the foot of the page. */
export function showTrouble(error: unknown): void {
  const place = document.querySelector<HTMLElement>('#trouble')!;
  place.textContent = describe(error);
  place.hidden = false;
}

/** Returns what an error says, with its code if it has one. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  const code = 'code' in error ? `${String(error.code)}: ` : '';
  return `${code}${error.message}`;
}
