import '@testing-library/jest-dom/vitest';

import { cleanup, configure } from '@testing-library/react';
import { afterEach, vi } from 'vitest';

// jsdom lacks what Mantine asks the browser for.
window.matchMedia = (query: string) =>
  ({ matches: false, media: query, onchange: null, addEventListener: vi.fn(), removeEventListener: vi.fn(), dispatchEvent: vi.fn() }) as Partial<MediaQueryList> as MediaQueryList;

class QuietObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
}
window.ResizeObserver = QuietObserver;
window.HTMLElement.prototype.scrollIntoView = vi.fn();

Object.defineProperty(document, 'fonts', { value: new EventTarget() });

configure({ asyncUtilTimeout: 10_000 });

afterEach(cleanup);
