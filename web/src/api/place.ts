/** Where the pages of a plant are, and where its API is. */
export interface Place {
  /** The plant that the address names; null for the first one. */
  plant: string | null;
  /** What every link of the pages begins with. */
  base: string;
  /** Where its documents go. */
  api: string;
}

/** `/p/north/alarms` is a page of the plant `north`; an address without `/p/` is one of the first plant. */
export function placeOf(pathname: string): Place {
  const named = /^\/p\/([A-Za-z0-9_-]+)(?=\/|$)/.exec(pathname)?.[1];
  return named === undefined ? { plant: null, base: '/', api: '/graphql' } : { plant: named, base: `/p/${named}`, api: `/plants/${named}/graphql` };
}

/** The place of this window. Another plant is another address, so it never changes while the window lives. */
export const here: Place = placeOf(window.location.pathname);

/** The same page of another plant. A unit or an alarm of one plant need not exist in another, so only the page stays. */
export function pageOf(plant: string, pathname: string): string {
  const within = pathname.slice(placeOf(pathname).plant === null ? 0 : placeOf(pathname).base.length);
  const page = within.split('/')[1] ?? '';
  return `/p/${plant}/${page === 'units' ? '' : page}`;
}
