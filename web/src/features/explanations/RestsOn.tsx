import type { RefObject } from 'react';
import { Link } from 'react-router';

import type { RestsOnPartsFragment } from '@/api/generated/graphql';
import { withMinus } from '@/lib/format';
import { TextButton } from '@/ui/TextButton';

import classes from './explanations.module.css';
import { useMarked, type Mark } from './use-mark';
import { partName } from './words';

interface Props {
  items: readonly RestsOnPartsFragment[];
  marked: Mark | null;
  folded: RefObject<HTMLDetailsElement | null>;
  onBack: () => void;
}

/** What a text rests on: evidence and passages as they were then, not as they are now. */
export function RestsOn({ items, marked, folded, onBack }: Props) {
  if (items.length === 0) return null;
  return (
    <details ref={folded} className={classes['more']}>
      <summary>What it rests on, as it was then</summary>
      {items.map((item) => <Part key={item.key} item={item} mark={marked?.key === item.key ? marked : null} onBack={onBack} />)}
    </details>
  );
}

function Part({ item, mark, onBack }: { item: RestsOnPartsFragment; mark: Mark | null; onBack: () => void }) {
  const { here, back } = useMarked(mark);
  return (
    <div ref={here} className={classes['item']} data-marked={mark !== null || undefined} tabIndex={-1}>
      <div className={classes['itemHead']}><strong>{item.title}</strong> <span className={classes['key']} title={item.key}>{partName(item.key)}</span></div>
      <div className={classes['itemText']}>{withMinus(item.text)}</div>
      <div className={classes['dim']}>
        {item.anchor ? <Link to={`/knowledge/${item.anchor}`}>{item.anchor}</Link> : null}
        {mark ? <TextButton className={classes['back']} onClick={() => { onBack(); back(); }}>Back to the text</TextButton> : null}
      </div>
    </div>
  );
}
