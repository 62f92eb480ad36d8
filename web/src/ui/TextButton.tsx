import type { ComponentPropsWithoutRef } from 'react';

import classes from './text-button.module.css';

/** A button that stands in a sentence as a word of it. */
export function TextButton({ className, ...button }: ComponentPropsWithoutRef<'button'>) {
  return <button type="button" className={className ? `${classes['text']} ${className}` : classes['text']} {...button} />;
}
