import { Component, type ReactNode, type RefObject } from 'react';

import { drawnRows, scrollerOf, viewOf } from './use-rows-in-view';

interface Props {
  /** The body of the table. */
  body: RefObject<HTMLElement | null>;
  /** What the list is of; when it is of something else there is no place to keep. */
  of: string;
  children: ReactNode;
}

interface Anchor {
  row: HTMLElement;
  top: number;
}

/**
 * Who has scrolled into a list keeps their place in it, whatever comes above and whatever is not drawn there any more. Who
 * looks at its beginning sees what is new. (A class, because only a class is asked before the page changes.)
 */
export class KeepPlace extends Component<Props> {
  override getSnapshotBeforeUpdate(before: Props): Anchor | null {
    const body = this.props.body.current;
    if (!body || before.of !== this.props.of) return null;
    const { top, bottom } = viewOf(body);
    if (body.getBoundingClientRect().top >= top) return null;
    const row = drawnRows(body).find((one) => one.getBoundingClientRect().bottom > top);
    if (!row || row.getBoundingClientRect().top > bottom) return null;
    return { row, top: row.getBoundingClientRect().top };
  }

  override componentDidUpdate(_props: Props, _state: unknown, anchor: Anchor | null): void {
    if (!anchor?.row.isConnected) return;
    const moved = anchor.row.getBoundingClientRect().top - anchor.top;
    if (Math.abs(moved) >= 1) scrollerOf(anchor.row).scrollTop += moved;
  }

  override render(): ReactNode {
    return this.props.children;
  }
}
