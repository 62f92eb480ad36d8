import { Button } from '@mantine/core';
import { Link } from 'react-router';

import type { AlarmExplanationPartsFragment } from '@/api/generated/graphql';
import { formatTime, withMinus } from '@/lib/format';
import { Empty, Panel } from '@/ui/page';
import { TextButton } from '@/ui/TextButton';

import classes from './explanations.module.css';
import { useMarked, type Mark } from './use-mark';
import { partName } from './words';

type Frozen = NonNullable<AlarmExplanationPartsFragment['evidence']>;

/** The evidence as it was frozen: every part with its id, charts and articles one step away, and all of it to take along. */
export function Evidence({ evidence, marked, onBack }: { evidence: Frozen | null | undefined; marked: Mark | null; onBack: () => void }) {
  if (!evidence) return <Panel title="Evidence"><Empty>No evidence is kept.</Empty></Panel>;
  const save = () => {
    const url = URL.createObjectURL(new Blob([evidence.json], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `evidence-${evidence.hash.slice(0, 12)}.json`;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Panel title="Evidence" label="Evidence" aside={<Button size="compact-sm" variant="default" onClick={save}>Export</Button>}>
      <p className={classes['dim']}>
        Frozen {formatTime(evidence.frozenAt)}; looks at {formatTime(evidence.from)} to {formatTime(evidence.to)} plant time{evidence.onset ? `, onset ${formatTime(evidence.onset)}` : ''}. <code title="SHA-256 of the exported file">{evidence.hash.slice(0, 12)}</code>
      </p>
      {evidence.missing.map((words) => <p key={words} className={classes['missing']}>{words}</p>)}
      {evidence.items.map((item) => <Item key={item.key} item={item} window={evidence} mark={marked?.key === item.key ? marked : null} onBack={onBack} />)}
    </Panel>
  );
}

function Item({ item, window, mark, onBack }: { item: Frozen['items'][number]; window: Frozen; mark: Mark | null; onBack: () => void }) {
  const { here, back } = useMarked(mark);
  const trend = item.tag ? `/trends?tags=${item.tag}&from=${encodeURIComponent(window.from)}&to=${encodeURIComponent(window.to)}` : null;
  return (
    <div ref={here} className={classes['item']} data-marked={mark !== null || undefined} tabIndex={-1} id={`evidence-${item.key}`}>
      <div className={classes['itemHead']}>
        <strong>{item.title}</strong>
        <span className={classes['key']} title={item.key}>{partName(item.key)}</span>
      </div>
      <div className={classes['itemText']}>{withMinus(item.text)}</div>
      <div className={classes['dim']}>
        {item.at ? <>{formatTime(item.at)} plant time </> : null}
        {trend ? <Link to={trend}>chart</Link> : null}
        {mark ? <TextButton className={classes['back']} onClick={() => { onBack(); back(); }}>Back to the text</TextButton> : null}
        {item.anchor ? <> <Link to={`/knowledge/${item.anchor}`}>{item.anchor}</Link></> : null}
      </div>
    </div>
  );
}
