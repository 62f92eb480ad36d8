import { Button, Group, Select } from '@mantine/core';
import { useState } from 'react';

import { explain } from '@/api/errors';
import { PreviewLimitDocument, type LimitInput, type LimitOutlookPartsFragment, type PreviewLimitQuery } from '@/api/generated/graphql';
import { useUncached } from '@/api/uncached';
import { formatDate, formatPercent, formatTime } from '@/lib/format';
import { Problem } from '@/ui/page';

import classes from './register.module.css';
import { seconds } from './words';

type Found = NonNullable<PreviewLimitQuery['previewLimit']>;

const stretches = [
  { value: '1', label: 'last day' },
  { value: '7', label: 'last 7 days' },
  { value: '14', label: 'last 14 days' },
  { value: '31', label: 'last 31 days' },
];

/** What the settings in the form would have done with the history that there is; nothing is changed by looking. */
export function Preview({ alarm, limit }: { alarm: string; limit: LimitInput }) {
  const client = useUncached();
  const [days, setDays] = useState('7');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [found, setFound] = useState<{ of: string; preview: Found } | null>(null);
  const asked = JSON.stringify({ limit, days });
  const look = async () => {
    setBusy(true);
    const { data, error } = await client.query(PreviewLimitDocument, { input: { alarm, limit, days: Number(days) } }).toPromise();
    setBusy(false);
    const preview = data?.previewLimit ?? null;
    setProblem(explain(error) ?? (preview ? null : 'There is no history yet.'));
    setFound(preview ? { of: asked, preview } : null);
  };
  return (
    <section aria-label="Preview">
      <Group gap="xs" mt="sm" align="flex-end">
        <Select size="xs" w={150} label="Preview over the" allowDeselect={false} data={stretches} value={days} onChange={(value) => setDays(value ?? '7')} />
        <Button size="xs" variant="default" loading={busy} onClick={() => void look()}>Preview</Button>
        {found && found.of !== asked ? <span role="status" className={classes['dim']}>The settings have changed since; preview them again.</span> : null}
      </Group>
      <Problem>{problem}</Problem>
      {found ? <Outcome preview={found.preview} /> : null}
    </section>
  );
}

const rows: readonly { name: string; of: (outlook: LimitOutlookPartsFragment) => string }[] = [
  { name: 'Alarms', of: ({ annunciated }) => String(annunciated) },
  { name: 'Alarms a day', of: ({ annunciatedPerDay }) => annunciatedPerDay.toFixed(1) },
  { name: 'Chattering (third within a minute)', of: ({ chattering }) => String(chattering) },
  { name: 'Fleeting (under 10 s)', of: ({ fleeting }) => String(fleeting) },
  { name: 'Time in alarm', of: ({ secondsInAlarm, shareInAlarm }) => `${seconds(secondsInAlarm)} (${formatPercent(shareInAlarm, 1)})` },
  { name: 'Longest', of: ({ longestSeconds }) => seconds(longestSeconds) },
];

export function Outcome({ preview }: { preview: Found }) {
  const { present, proposed } = preview;
  return (
    <div>
      <p className={classes['dim']}>
        {preview.samples.toLocaleString('en')} samples from {formatTime(preview.from)} to {formatTime(preview.to)} plant time
        {preview.unusableSamples > 0 ? `, ${preview.unusableSamples.toLocaleString('en')} of them not usable` : ''}
      </p>
      <table className={classes['outlook']} aria-label="Outcome of the preview">
        <thead><tr><th scope="col" aria-label="Measure" /><th scope="col">In force</th><th scope="col">Proposed</th></tr></thead>
        <tbody>{rows.map(({ name, of }) => <tr key={name}><td>{name}</td><td>{of(present)}</td><td>{of(proposed)}</td></tr>)}</tbody>
      </table>
      <Bars present={present} proposed={proposed} />
    </div>
  );
}

/** Alarms of each day, in force beside proposed. */
function Bars({ present, proposed }: { present: LimitOutlookPartsFragment; proposed: LimitOutlookPartsFragment }) {
  const most = Math.max(1, ...present.days.map((day) => day.annunciated), ...proposed.days.map((day) => day.annunciated));
  const width = 100 / Math.max(1, present.days.length);
  const height = (count: number) => (count / most) * 92;
  return (
    <figure style={{ margin: 0 }}>
      <svg className={classes['bars']} viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={`Alarms a day, at most ${most}`}>
        {present.days.map((day, at) => {
          const other = proposed.days[at]?.annunciated ?? 0;
          return (
            <g key={day.begins}>
              <title>{`${formatDate(day.begins)}: ${day.annunciated} in force, ${other} proposed`}</title>
              <rect className={classes['present']} x={at * width + width * 0.1} width={width * 0.38} y={100 - height(day.annunciated)} height={height(day.annunciated)} />
              <rect className={classes['proposed']} x={at * width + width * 0.52} width={width * 0.38} y={100 - height(other)} height={height(other)} />
              <rect x={at * width} width={width} y={0} height={100} fill="transparent" />
            </g>
          );
        })}
        <line x1={0} x2={100} y1={100} y2={100} stroke="currentColor" strokeWidth={1} vectorEffect="non-scaling-stroke" />
      </svg>
      <figcaption className={classes['legend']}>
        <span><span className={classes['swatch']} />in force</span>
        <span><span className={classes['swatch']} data-proposed />proposed</span>
        <span>alarms a day, at most {most}</span>
      </figcaption>
    </figure>
  );
}
