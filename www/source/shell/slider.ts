/** A slider with its label and its meaning in words. */

/** What a slider is. */
export interface Slider {
  readonly name: string;
  readonly label: string;
  /** A word on what it is called elsewhere. */
  readonly note?: string;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly value: number;
}

/** Returns the markup of a slider. */
export function slider({ name, label, note, min, max, step = 1, value }: Slider): string {
  const small = note === undefined ? '' : ` <span class="note">${note}</span>`;
  return `<div class="slider">
    <label for="${name}">${label}${small}</label>
    <output for="${name}" name="${name}-text"></output>
    <input id="${name}" name="${name}" type="range" min="${min}" max="${max}" step="${step}"
      value="${value}" />
  </div>`;
}

/** Writes what a slider means, and tells it to those who do not see it move. */
export function sayMeaning(field: HTMLInputElement, meaning: string): void {
  field.setAttribute('aria-valuetext', meaning);
  const output = field.parentElement?.querySelector('output');
  if (output) {
    output.value = meaning;
  }
}

/** Returns the number that a slider of equal ratios stands for, rounded to two digits. */
export function ratioScale(field: HTMLInputElement, least: number, most: number): number {
  const part = Number(field.value) / Number(field.max);
  return Number((least * (most / least) ** part).toPrecision(2));
}
