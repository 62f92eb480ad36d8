import { create } from 'zustand';

import type { ActorPartsFragment, SupervisionEventsSubscription } from '@/api/generated/graphql';

export type SupervisionItem = SupervisionEventsSubscription['supervisionEvents'];

/** The tree is as deep as it is; the document asks for five levels. */
export interface Actor extends ActorPartsFragment {
  children?: readonly Actor[];
}

export interface SupervisionNote {
  id: string;
  at: string;
  actor: string;
  message: string;
}

interface SupervisionState {
  tree: Actor | null;
  /** Newest first. */
  notes: readonly SupervisionNote[];
  complete: boolean;
}

const NOTES_KEPT = 100;

export const useSupervision = create<SupervisionState>(() => ({ tree: null, notes: [], complete: false }));

/** The tree with one actor renewed; an unknown actor is hung under the longest key that its key begins with. */
export function withActor(tree: Actor, actor: Actor): Actor {
  if (tree.key === actor.key) return { ...tree, ...actor, children: tree.children };
  const children = tree.children ?? [];
  const owner = children.find((child) => actor.key === child.key || actor.key.startsWith(`${child.key}/`));
  if (owner) return { ...tree, children: children.map((child) => (child === owner ? withActor(child, actor) : child)) };
  return actor.key.startsWith(`${tree.key}/`) ? { ...tree, children: [...children, actor] } : tree;
}

/** The tree without one actor and what is below it. */
export function withoutActor(tree: Actor, key: string): Actor {
  const children = (tree.children ?? []).filter((child) => child.key !== key);
  return { ...tree, children: children.map((child) => (key.startsWith(`${child.key}/`) ? withoutActor(child, key) : child)) };
}

export function takeSupervision(item: SupervisionItem): void {
  useSupervision.setState((before) => {
    switch (item.__typename) {
      case 'Discontinuity':
        return { complete: false };
      case 'SupervisionSnapshot':
        return { tree: item.tree, complete: true };
      case 'SupervisionDiff': {
        if (!before.tree) return {};
        const changed = item.changes.reduce((tree, { actor }) => withActor(tree, actor), before.tree);
        return { tree: item.gone.reduce(withoutActor, changed) };
      }
      // What has happened is told apart from how things are: an event that is sent again must not turn the tree back.
      case 'SupervisionEvent': {
        const note = { id: item.cursor, at: item.at, actor: item.actor.key, message: item.message };
        return { notes: [note, ...before.notes.filter((known) => known.id !== note.id)].slice(0, NOTES_KEPT) };
      }
    }
  });
}

/** An actor as an answer shows it, ahead of the stream. */
export function takeActor(actor: ActorPartsFragment): void {
  useSupervision.setState(({ tree }) => ({ tree: tree && withActor(tree, actor) }));
}

export function forgetSupervision(): void {
  useSupervision.setState({ tree: null, notes: [], complete: false });
}
