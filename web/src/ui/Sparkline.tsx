import { line } from 'd3-shape';

import type { Reading } from '@/lib/ring';

const WIDTH = 100;
const HEIGHT = 26;

/** The last readings in little; breaks where there was no usable value. */
export function Sparkline({ readings, least, label }: { readings: readonly Reading[]; least: number; label: string }) {
  const values = readings.map((r) => r.value).filter((v) => v !== null);
  const first = readings[0]?.at ?? 0;
  const last = readings.at(-1)?.at ?? 1;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = Math.max(high - low, least);
  const middle = (low + high) / 2;
  const draw = line<Reading>()
    .defined((r) => r.value !== null)
    .x((r) => ((r.at - first) / Math.max(1, last - first)) * WIDTH)
    .y((r) => HEIGHT / 2 - (((r.value ?? 0) - middle) / span) * (HEIGHT - 4));
  return (
    <svg className="tep-live" width={WIDTH} height={HEIGHT} role="img" aria-label={label} style={{ display: 'block' }}>
      {values.length > 1 ? <path d={draw(readings) ?? ''} fill="none" stroke="var(--tep-trace)" strokeWidth="1.3" /> : null}
    </svg>
  );
}
