import type { ReactNode } from 'react';

/** Our own few icons: an icon package would be the largest thing on the page. */
const paths = {
  overview: <path d="M4 20V9l4 3V9l4 3V9l4 3V4h4v16z" />,
  trends: <path d="M3 3v18h18M6 15l4-5 4 3 6-8" />,
  alarms: <path d="M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4" />,
  register: <path d="M5 3h14v18H5zM9 3v18M12 8h4M12 12h4M12 16h4" />,
  performance: <path d="M4 18a8 8 0 1 1 16 0M12 18l4-6M4 18h2M18 18h2M12 10V8" />,
  models: <path d="M4 5h16v11H9l-5 4zM8 9h8M8 12h5" />,
  detectors: <path d="M3 13h4l2-7 4 13 3-9 1 3h4" />,
  incidents: <path d="M12 3l9 17H3zM12 10v5M12 17.5v.5" />,
  scenarios: <path d="M5 21V4M5 5h12l-2.5 4L17 13H5" />,
  knowledge: <path d="M12 6c-2-2-5-2-8-2v14c3 0 6 0 8 2 2-2 5-2 8-2V4c-3 0-6 0-8 2zM12 6v14" />,
  notifications: <path d="M3 5h18v14H3zM3 6l9 7 9-7" />,
  supervision: <path d="M12 3v5M12 8H5v4M12 8h7v4M12 8v4M3 12h4v5H3zM10 12h4v5h-4zM17 12h4v5h-4z" />,
  audit: <path d="M5 3h10l4 4v14H5zM9 9h6M9 13h4M10 18l2 2 5-5" />,
  account: <path d="M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 4-6 8-6s8 2 8 6" />,
  close: <path d="M5 5l14 14M19 5 5 19" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinejoin="round" strokeLinecap="round" aria-hidden="true">
      {paths[name]}
    </svg>
  );
}
