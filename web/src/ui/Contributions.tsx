import { Bar, BarChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';

import { formatPercent, formatTag } from '@/lib/format';

export interface Share {
  share: number;
  tag: { key: string; name: string };
}

const NAME_CHARS = 32;

/** The name of a tag on one line; the library would break a long one over its neighbours. */
function Name({ x = 0, y = 0, payload }: { x?: number; y?: number; payload?: { value: string } }) {
  const name = payload?.value ?? '';
  return (
    <text x={x} y={y + 4} textAnchor="end" fontSize={11.5} fill="var(--tep-dim)">
      <title>{name}</title>
      {name.length > NAME_CHARS ? `${name.slice(0, NAME_CHARS - 1)}…` : name}
    </text>
  );
}

/** Bars of the tags that contribute most to a verdict, largest first. */
export function Contributions({ shares, most = 10 }: { shares: readonly Share[]; most?: number }) {
  const rows = [...shares]
    .sort((a, b) => b.share - a.share)
    .slice(0, most)
    .map(({ tag, share }) => ({ name: tag.name, key: formatTag(tag.key), share: Math.max(0, share) }));
  const spoken = rows.slice(0, 3).map((r) => `${r.name} ${formatPercent(r.share)}`).join(', ');
  return (
    <div role="img" aria-label={`Contributions: ${spoken}`}>
      <ResponsiveContainer width="100%" height={rows.length * 24 + 30}>
        <BarChart data={rows} layout="vertical" margin={{ top: 0, right: 24, bottom: 0, left: 0 }} accessibilityLayer={false}>
          <XAxis type="number" domain={[0, 'auto']} tickFormatter={(v: number) => formatPercent(v)} stroke="var(--tep-dim)" fontSize={11} />
          <YAxis type="category" dataKey="name" width={200} interval={0} stroke="var(--tep-dim)" tickLine={false} tick={<Name />} />
          <Tooltip
            isAnimationActive={false}
            cursor={{ fill: 'var(--tep-sunken)' }}
            contentStyle={{ background: 'var(--tep-surface)', border: '1px solid var(--tep-line)', color: 'var(--tep-text)' }}
            formatter={(value) => [formatPercent(Number(value), 1), 'share']}
          />
          <Bar dataKey="share" fill="var(--tep-trace)" isAnimationActive={false} barSize={13} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
