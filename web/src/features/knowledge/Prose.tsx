import { useMemo } from 'react';
import Markdown, { type Components } from 'react-markdown';
import { Link } from 'react-router';
import remarkGfm from 'remark-gfm';

import { usePlant } from '@/api/plant';

import classes from './knowledge.module.css';
import { tagsIn, targetOf } from './links';

/** Of the syntax tree of a document as much as is changed here. */
interface Piece {
  type: string;
  value?: string;
  tagName?: string;
  properties?: Record<string, string>;
  children?: Piece[];
}

/** Puts a mark around each tag, which is then drawn as a link to its trend; in links and code it stays as it is. */
function markTags(isTag: (word: string) => boolean) {
  const within = (node: Piece) => {
    if (node.tagName === 'a' || node.tagName === 'code') return;
    node.children = node.children?.flatMap((child) => {
      if (child.type !== 'text') {
        within(child);
        return [child];
      }
      return tagsIn(child.value ?? '', isTag).map(({ text, tag }): Piece => tag ? { type: 'element', tagName: 'mark', properties: {}, children: [{ type: 'text', value: text }] } : { type: 'text', value: text });
    });
  };
  return () => within;
}

/**
 * Text of a document. Markdown alone is drawn: HTML in it is shown as it is written, pictures as their description, and a link
 * leads to another document, to the web, or nowhere.
 */
export function Prose({ document, text }: { document: string; text: string }) {
  const plant = usePlant();
  const plugins = useMemo(() => [markTags((word) => plant.tag(word) !== undefined)], [plant]);
  const components = useMemo<Components>(() => ({
    a: ({ href, children }) => {
      const target = targetOf(document, href ?? '');
      if (target === null) return <span>{children}</span>;
      if ('within' in target) return <Link to={target.within}>{children}</Link>;
      return <a href={target.outside} target="_blank" rel="noopener noreferrer nofollow">{children}</a>;
    },
    mark: ({ node }) => {
      const child = node?.children[0];
      const key = child?.type === 'text' ? child.value : '';
      return <Link className={classes['tag']} to={`/trends?tags=${key}&from=-1h&to=now`} title={`Trend of ${plant.tag(key)?.name ?? key}`}>{key}</Link>;
    },
    img: ({ alt }) => <span className={classes['dim']}>[picture: {alt ?? 'without description'}]</span>,
    table: ({ children }) => <div className={classes['wide']}><table>{children}</table></div>,
  }), [document, plant]);
  return (
    <div className={classes['prose']}>
      <Markdown remarkPlugins={[remarkGfm]} rehypePlugins={plugins} components={components} urlTransform={(url) => url}>{text}</Markdown>
    </div>
  );
}
