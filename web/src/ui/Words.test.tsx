import { MantineProvider } from '@mantine/core';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { expect, test, vi } from 'vitest';

import { Words } from './Words';

function show(onSay: (words: string) => void = vi.fn()) {
  function Page() {
    const [value, setValue] = useState('');
    return (
      <MantineProvider env="test">
        <Words label="Search" placeholder="Search" width={100} value={value} onSay={(words) => { onSay(words); setTimeout(() => setValue(words)); }} />
        <button type="button" onClick={() => setValue('')}>Clear</button>
      </MantineProvider>
    );
  }
  render(<Page />);
  return screen.getByRole('textbox', { name: 'Search' });
}

test('no letter is lost while the address lags behind, and the words are said once', async () => {
  const onSay = vi.fn<(words: string) => void>();
  const field = show(onSay);
  await userEvent.type(field, 'XMEAS_7');
  await waitFor(() => expect(onSay).toHaveBeenCalledWith('XMEAS_7'));
  expect(field).toHaveValue('XMEAS_7');
});

test('the field follows when something else changes what is asked for', async () => {
  const onSay = vi.fn<(words: string) => void>();
  const field = show(onSay);
  await userEvent.type(field, 'pressure');
  await waitFor(() => expect(onSay).toHaveBeenCalledWith('pressure'));
  await userEvent.click(screen.getByRole('button', { name: 'Clear' }));
  await waitFor(() => expect(field).toHaveValue(''));
});
