import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, expect, test, vi } from 'vitest';

import { anAlarm } from '@/test-support';

import { NewerAbove } from './NewerAbove';

let tell: (inView: boolean) => void = () => undefined;

class ScriptedObserver {
  constructor(callback: (entries: { isIntersecting: boolean }[]) => void) {
    tell = (isIntersecting) => act(() => callback([{ isIntersecting }]));
  }
  observe() {}
  disconnect() {}
}

afterEach(() => vi.unstubAllGlobals());

const at = (second: number) => anAlarm({ key: `a${second}`, annunciatedAt: `2026-01-01T00:00:0${second}Z` });

test('who has scrolled into the list is told of what has come above since, and led there', async () => {
  vi.stubGlobal('IntersectionObserver', ScriptedObserver);
  const head = { current: document.createElement('div') };
  const { rerender } = render(<NewerAbove list={[at(2), at(1)]} head={head} />);
  const told = () => screen.queryByRole('button')?.textContent ?? null;
  rerender(<NewerAbove list={[at(3), at(2), at(1)]} head={head} />);
  expect(told()).toBeNull();
  tell(false);
  expect(told()).toBeNull();
  rerender(<NewerAbove list={[at(4), at(3), at(2), at(1)]} head={head} />);
  expect(told()).toBe('▲ 1 newer alarm above');
  rerender(<NewerAbove list={[at(5), at(4), at(3), at(1)]} head={head} />);
  expect(told()).toBe('▲ 2 newer alarms above');
  document.documentElement.scrollTop = 400;
  await userEvent.click(screen.getByRole('button'));
  expect(document.documentElement.scrollTop).toBe(0);
  tell(true);
  expect(told()).toBeNull();
});
