import type { RefObject } from 'react';
import { Link } from 'react-router';

import type { RestsOnPartsFragment } from '@/api/generated/graphql';

import classes from './explanations.module.css';
import { partName } from './words';

interface Props {
  items: readonly RestsOnPartsFragment[];
  marked: string | null;
  folded: RefObject<HTMLDetailsElement | null>;
}

/** What a text rests on: evidence and passages as they were then, not as they are now. */
export function RestsOn({ items, marked, folded }: Props) {
  if (items.length === 0) return null;
  return (
    <details ref={folded} className={classes['more']}>
      <summary>What it rests on</summary>
      {items.map((item) => (
        <div key={item.key} className={classes['item']} data-marked={marked === item.key || undefined}>
          <div className={classes['itemHead']}><strong>{item.title}</strong> <span className={classes['key']} title={item.key}>{partName(item.key)}</span></div>
          <div className={classes['itemText']}>{item.text}</div>
          {item.anchor ? <div className={classes['dim']}><Link to={`/knowledge/${item.anchor}`}>{item.anchor}</Link></div> : null}
        </div>
      ))}
    </details>
  );
}
