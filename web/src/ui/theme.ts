import { createTheme, type MantineColorsTuple } from '@mantine/core';

/**
 * High-performance HMI (ISA-101): greys carry the normal plant, colour is kept for what is abnormal. Even the primary
 * colour is nearly grey.
 */
const slate: MantineColorsTuple = ['#f2f5f7', '#e3e8ec', '#c6d0d8', '#a7b6c2', '#8ba0b0', '#7891a4', '#5d788c', '#4a6579', '#3d5568', '#2c4152'];
const gray: MantineColorsTuple = ['#f7f8f9', '#eef0f2', '#e2e5e8', '#d3d7dc', '#bcc2c9', '#9aa2ab', '#727b85', '#565f69', '#3c444c', '#252b31'];
const dark: MantineColorsTuple = ['#d3d8dc', '#b4bbc2', '#98a1a9', '#6b757e', '#48515a', '#3a424a', '#2a3037', '#21262b', '#1b1f24', '#15181c'];

export const theme = createTheme({
  primaryColor: 'slate',
  primaryShade: { light: 7, dark: 6 },
  colors: { slate, gray, dark },
  fontFamily: "'Inter', 'Segoe UI', system-ui, -apple-system, 'Noto Sans', 'DejaVu Sans', sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1.05rem' }, h3: { fontSize: '0.95rem' } } },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  components: {
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, multiline: true, maw: 320 } },
    Badge: { defaultProps: { tt: 'none' } },
    Modal: { defaultProps: { centered: true } },
  },
});
