import type { GroundedPartsFragment } from '@/api/generated/graphql';

import { localClock, withMinus } from '@/lib/format';

import classes from './explanations.module.css';
import { partName } from './words';

interface Props {
  text: GroundedPartsFragment;
  /** When it was written: of which day its times of day are. */
  at: string;
  /** Called with the part of the evidence that a reader wants to see. */
  onMark: (key: string) => void;
}

/** A text whose claims lead to the evidence; what nothing bears out is struck out, and stays readable. */
export function Grounded({ text, at: written, onMark }: Props) {
  const segments = text.segments.length > 0 ? text.segments : [{ text: text.text, claim: null, source: null, struck: false }];
  return (
    <span>
      {segments.map((segment, at) => {
        if (segment.struck) return <del key={at} className={classes['struck']} title="Struck out: nothing in the evidence bears this out.">{segment.text}</del>;
        const { source } = segment;
        if (source === null) return <span key={at}>{withMinus(segment.text)}</span>;
        // A link flows with its line, however long the quotation is; a button would be a box.
        return <a key={at} href={`#evidence-${source}`} className={classes['claim']} title={`From the evidence: ${partName(source)}`} onClick={(event) => { event.preventDefault(); onMark(source); }}>{segment.claim === 'TIME' ? localClock(segment.text, written) : segment.claim === 'QUOTATION' ? segment.text : withMinus(segment.text)}</a>;
      })}
      <Cites cites={text.cites} onMark={onMark} />
    </span>
  );
}

export function Cites({ cites, onMark, label = 'Rests on' }: { cites: readonly string[]; onMark: (key: string) => void; label?: string }) {
  if (cites.length === 0) return null;
  return (
    <span className={classes['cites']}>
      {cites.map((key) => <button key={key} type="button" className={classes['cite']} title={key} aria-label={`${label} ${partName(key)}`} onClick={() => onMark(key)}>{partName(key)}</button>)}
    </span>
  );
}
