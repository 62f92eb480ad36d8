import type { Actor } from '@/stores/supervision';

export function isTroubled(actor: Actor): boolean {
  return actor.health === 'DEGRADED' || actor.health === 'STOPPED' || actor.health === 'PAUSED';
}

/** Whether there is an actor that runs; of one that is gone the start says nothing. */
export function isAlive(actor: Actor): boolean {
  return actor.health === 'RUNNING' || actor.health === 'DEGRADED';
}

/** Sums something over the actors of a tree that satisfy a condition; without `of` it counts them. */
export function count(tree: Actor, where: (actor: Actor) => boolean, of: (actor: Actor) => number = () => 1): number {
  const own = where(tree) ? of(tree) : 0;
  return (tree.children ?? []).reduce((sum, child) => sum + count(child, where, of), own);
}

/** The tree without those who run and were never restarted, unless somebody below them did; null when nobody is left. */
export function onlyTroubled(tree: Actor): Actor | null {
  const children = (tree.children ?? []).map(onlyTroubled).filter((child) => child !== null);
  return children.length > 0 || isTroubled(tree) || tree.restarts > 0 ? { ...tree, children } : null;
}

/** The tree without those whose name, role and key do not hold the words, unless somebody below them does; null when nobody is left. */
export function onlyNamed(tree: Actor, words: string): Actor | null {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return tree;
  const children = (tree.children ?? []).map((child) => onlyNamed(child, words)).filter((child) => child !== null);
  const named = `${tree.name} ${tree.role}`.toLowerCase().includes(wanted);
  return children.length > 0 || named ? { ...tree, children } : null;
}

export interface TreeRow {
  actor: Actor;
  level: number;
  open: boolean;
  hasChildren: boolean;
}

/** The rows that are seen when some branches are closed. */
export function rowsOf(tree: Actor, isOpen: (actor: Actor, level: number) => boolean, level = 1): TreeRow[] {
  const children = tree.children ?? [];
  const open = children.length > 0 && isOpen(tree, level);
  const own: TreeRow = { actor: tree, level, open, hasChildren: children.length > 0 };
  return open ? [own, ...children.flatMap((child) => rowsOf(child, isOpen, level + 1))] : [own];
}
