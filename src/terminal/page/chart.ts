import { html, join, type Markup } from './html.ts';

export interface ChartDay {
  /** `2026-11-22`. */
  readonly day: string;
  readonly value: number;
  /** What failed, drawn on top of `value` in the colour of failures. */
  readonly bad: number;
}

export interface ChartOptions {
  readonly title: string;
  /** How a value reads: `48.2 kB`. */
  readonly format: (value: number) => string;
}

const width = 720;
const height = 96;
const gap = 1;

/**
 * One bar a day, as plain SVG, with its scale at the left and dates below; each day gives its values when it is pointed at.
 * Nothing at all when every value is 0.
 */
export function barChart(days: readonly ChartDay[], { title, format }: ChartOptions): Markup {
  const highest = Math.max(0, ...days.map(({ value, bad }) => value + bad));
  if (highest === 0) return html``;
  const step = width / days.length;
  const bars = days.map(({ day, value, bad }, index) => {
    const x = round(index * step);
    const wide = round(Math.max(1, step - gap));
    const rect = (name: string, amount: number, from: number) => {
      if (amount === 0) return html``;
      const y = height - ((from + amount) / highest) * height;
      // What is little shows all the same.
      const size = Math.max(2, (amount / highest) * height);
      return html`<rect class="${name}" x="${x}" y="${round(Math.min(y, height - size))}" width="${wide}" height="${round(size)}"/>`;
    };
    const hover = bad === 0 ? format(value) : `${format(value)}, failed: ${format(bad)}`;
    return html`<g><title>${day}: ${hover}</title><rect class="day" x="${x}" y="0" width="${wide}" height="${height}"/>${rect('good', value, 0)}${rect('bad', bad, value)}</g>`;
  });
  const label = `${title}, ${days.length} days, at most ${format(highest)} a day`;
  const dates = [days[0], days[Math.floor(days.length / 2)], days.at(-1)].map(
    (day) => html`<span>${day?.day ?? ''}</span>`,
  );
  return html`<figure><figcaption>${title} a day</figcaption>
<div class="plot"><div class="scale"><span>${format(highest)}</span><span>${format(0)}</span></div>
<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}"><line class="half" x1="0" x2="${width}" y1="${height / 2}" y2="${height / 2}"/>${join(bars)}</svg></div>
<div class="axis">${join(dates)}</div></figure>
`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
