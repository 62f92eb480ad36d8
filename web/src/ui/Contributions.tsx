import { formatPercent, formatTag } from '@/lib/format';

import classes from './contributions.module.css';

export interface Share {
  share: number;
  tag: { key: string; name: string };
}

/** Bars of the tags that contribute most to a verdict, largest first. A name that is too long for its place ends in dots; the tag is always whole. */
export function Contributions({ shares, most = 10 }: { shares: readonly Share[]; most?: number }) {
  const rows = [...shares]
    .sort((a, b) => b.share - a.share)
    .slice(0, most)
    .map(({ tag, share }) => ({ name: tag.name, key: formatTag(tag.key), share: Math.max(0, share) }));
  const largest = Math.max(...rows.map((r) => r.share), Number.MIN_VALUE);
  const spoken = rows.slice(0, 3).map((r) => `${r.name} ${formatPercent(r.share)}`).join(', ');
  return (
    <div role="img" aria-label={`Contributions: ${spoken}`} className={classes['bars']}>
      {rows.map(({ name, key, share }) => (
        <div key={key} className={classes['row']} title={`${key} ${name}: ${formatPercent(share, 1)}`}>
          <span className={classes['name']}><strong>{key}</strong> {name}</span>
          <span className={classes['track']}><span className={classes['bar']} style={{ width: `${(100 * share) / largest}%` }} /></span>
          <span className="tep-number">{share > 0 && share < 0.005 ? '< 1 %' : formatPercent(share)}</span>
        </div>
      ))}
    </div>
  );
}
