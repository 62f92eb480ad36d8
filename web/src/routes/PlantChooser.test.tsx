import { screen, waitFor } from '@testing-library/react';
import { fireEvent } from '@testing-library/react';
import { expect, test, vi } from 'vitest';

import { renderPage, scriptedClient } from '@/test-support';

import { PlantChooser } from './PlantChooser';

const plant = (key: string, node: string | null, health = 'RUNNING') => ({ key, name: `Plant ${key}`, node, term: 1, health, reason: null });

function show(plants: object[]) {
  const onChoose = vi.fn<(to: string) => void>();
  const { client, asked } = scriptedClient({ Plants: () => ({ data: { plants } }) });
  renderPage(<PlantChooser onChoose={onChoose} />, { client });
  return { onChoose, asked };
}

test('a plant that is alone has nothing to choose', async () => {
  const { asked } = show([plant('small', 'a')]);
  await waitFor(() => expect(asked).toHaveLength(1));
  expect(screen.getByText('Small plant')).toBeInTheDocument();
  expect(screen.queryByRole('combobox')).not.toBeInTheDocument();
});

test('another plant is another address', async () => {
  const { onChoose } = show([plant('small', 'a'), plant('south', 'a', 'STOPPED')]);
  fireEvent.change(await screen.findByRole('combobox', { name: 'Plant' }), { target: { value: 'south' } });
  expect(onChoose).toHaveBeenCalledWith('/p/south/');
  expect(screen.getByRole('option', { name: 'Plant south (stopped)' })).toBeInTheDocument();
  expect(screen.queryByText('on a')).not.toBeInTheDocument();
});

test('with several nodes it says which one serves the plant', async () => {
  show([plant('small', 'b'), plant('south', 'a')]);
  expect(await screen.findByText('on b')).toBeInTheDocument();
});
