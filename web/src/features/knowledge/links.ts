/** Where a link of a document leads. */
export type Target = { within: string } | { outside: string } | null;

/**
 * Links between articles are relative paths of files, as they are on disk: `../responses/a.md#first-minute` in the document
 * `disturbances/IDV_06` is the page of `responses/a`. An address of the web leads outside; anything else leads nowhere.
 */
export function targetOf(document: string, href: string): Target {
  if (/^https?:\/\//i.test(href)) return { outside: href };
  if (/^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith('/') || href.startsWith('\\')) return null;
  const [path = '', anchor] = href.split('#');
  const hash = anchor ? `#${anchor}` : '';
  if (path === '') return hash ? { within: `/knowledge/${document}${hash}` } : null;
  if (!/\.(md|markdown|txt|pdf)$/i.test(path)) return null;
  const parts = document.split('/').slice(0, -1);
  for (const part of path.replace(/\.[a-z]+$/i, '').split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return { within: `/knowledge/${parts.join('/')}${hash}` };
}

/** A text in pieces: what is a tag of the plant, and what is not. */
export function tagsIn(text: string, isTag: (word: string) => boolean): { text: string; tag: boolean }[] {
  const pieces: { text: string; tag: boolean }[] = [];
  let plain = '';
  for (const word of text.split(/([A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+)/)) {
    if (!isTag(word)) {
      plain += word;
      continue;
    }
    if (plain) pieces.push({ text: plain, tag: false });
    pieces.push({ text: word, tag: true });
    plain = '';
  }
  if (plain) pieces.push({ text: plain, tag: false });
  return pieces;
}
