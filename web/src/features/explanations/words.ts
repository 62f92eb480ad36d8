import { formatTag } from '@/lib/format';

/** A part of the evidence by a short name: what a mark in the text says stands also beside that part. */
export function partName(key: string): string {
  const [kind = '', ...rest] = key.split(':');
  const name = rest.join(':');
  switch (kind) {
    case 'alarm': return 'this alarm';
    case 'mode': return 'the plant';
    case 'tag': return formatTag(name);
    case 'root': return `${formatTag(name)} first`;
    case 'cause': return name.toUpperCase().replaceAll('-', ' ');
    case 'verdict': return `detector ${name}`;
    case 'related': return `alarm ${name}`;
    default: return name ? `${kind} ${name}` : kind;
  }
}
