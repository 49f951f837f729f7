import { html, join, type Markup } from './html.ts';

export interface ChartDay {
  /** `2026-11-22`. */
  readonly day: string;
  readonly value: number;
  /** Drawn as a failure. */
  readonly bad: boolean;
}

export interface ChartOptions {
  readonly title: string;
  /** How a value reads: `48.2 kB`. */
  readonly format: (value: number) => string;
}

const width = 720;
const height = 96;
const gap = 1;

/** One bar a day, as plain SVG; each bar tells its day and value when it is pointed at. */
export function barChart(days: readonly ChartDay[], { title, format }: ChartOptions): Markup {
  const highest = Math.max(0, ...days.map((day) => day.value));
  const step = width / Math.max(1, days.length);
  const bars = days.map((day, index) => {
    const size = highest === 0 ? 0 : (day.value / highest) * height;
    // A day that failed shows also when nothing was delivered on it.
    const shown = day.bad ? Math.max(size, 3) : size;
    const style = day.bad ? 'bad' : 'good';
    const [x, y] = [round(index * step), round(height - shown)];
    return html`<rect class="${style}" x="${x}" y="${y}" width="${round(Math.max(1, step - gap))}" height="${round(shown)}"><title>${day.day}: ${format(day.value)}</title></rect>`;
  });
  const label = `${title}, ${days.length} days, at most ${format(highest)} a day`;
  return html`<figure><figcaption>${title} <span class="most">at most ${format(highest)}</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${label}">${join(bars)}</svg>
<div class="axis"><span>${days[0]?.day ?? ''}</span><span>${days.at(-1)?.day ?? ''}</span></div></figure>
`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
