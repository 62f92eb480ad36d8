import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';

import type { Severity } from '@/api/generated/graphql';

import { LiveNumber, normalBand } from './live';
import { alarmStates, QualityMark, severities, SeverityMark, severityOrder } from './marks';

test('no two severities share a letter, a shape or a colour', () => {
  for (const trait of ['letter', 'shape', 'colour', 'name'] as const) {
    expect(new Set(severityOrder.map((s) => severities[s][trait])).size).toBe(severityOrder.length);
  }
  expect(new Set(severityOrder)).toEqual(new Set(Object.keys(severities) as Severity[]));
});

test('no two states share a name', () => {
  const names = Object.values(alarmStates).map((s) => s.name);
  expect(new Set(names).size).toBe(names.length);
});

test('a severity is spoken as well as drawn', () => {
  render(<MantineProvider><SeverityMark severity="CRITICAL" /></MantineProvider>);
  expect(screen.getByText('Critical')).toBeInTheDocument();
  expect(screen.getByText('C')).toBeInTheDocument();
});

test('a good value has no mark, every other quality has one', () => {
  const { container } = render(<QualityMark quality="GOOD" />);
  expect(container).toBeEmptyDOMElement();
  render(<><QualityMark quality="STALE" /><QualityMark quality="BAD" /><QualityMark quality="UNCERTAIN" /></>);
  expect(screen.getAllByRole('img').map((mark) => mark.getAttribute('aria-label'))).toEqual(['quality stale', 'quality bad', 'quality uncertain']);
});

test('a value without a measurement is a dash with its unit', () => {
  const { container } = render(<LiveNumber shown={{ value: null, quality: 'BAD' }} resolution={0.1} unit="kPa" />);
  expect(container).toHaveTextContent('– kPa✕');
});

test('the normal band lies between the innermost limits', () => {
  const limit = (kind: string, value: number) => ({ kind, value, severity: 'LOW' as const });
  expect(normalBand({ low: 0, high: 100, limits: [limit('HIGH_HIGH', 90), limit('HIGH', 80), limit('LOW', 20), limit('LOW_LOW', 10)] })).toEqual([0.2, 0.8]);
  expect(normalBand({ low: 0, high: 100, limits: [] })).toEqual([0, 1]);
});
