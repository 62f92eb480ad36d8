import { beforeEach, expect, test } from 'vitest';

import { FrameBatcher, paced, type FrameHost } from './frame';

class Frames implements FrameHost {
  asked: (() => void)[] = [];
  isHidden = false;
  private whenVisible: () => void = () => undefined;
  requestFrame = (run: () => void) => void this.asked.push(run);
  hidden = () => this.isHidden;
  onVisible = (run: () => void) => void (this.whenVisible = run);
  draw() {
    for (const run of this.asked.splice(0)) run();
  }
  show() {
    this.isHidden = false;
    this.whenVisible();
  }
}

let frames: Frames;
let applied: number[][];
let batcher: FrameBatcher<number[]>;

beforeEach(() => {
  frames = new Frames();
  applied = [];
  batcher = new FrameBatcher<number[]>((waiting, next) => [...waiting, ...next], (folded) => applied.push(folded), frames);
});

test('what arrives within one frame is applied once', () => {
  batcher.push([1]);
  batcher.push([2]);
  batcher.push([3]);
  expect(applied).toEqual([]);
  expect(frames.asked).toHaveLength(1);
  frames.draw();
  expect(applied).toEqual([[1, 2, 3]]);
});

test('a hidden page applies nothing until it is seen again', () => {
  frames.isHidden = true;
  batcher.push([1]);
  batcher.push([2]);
  expect(frames.asked).toHaveLength(0);
  frames.show();
  frames.draw();
  expect(applied).toEqual([[1, 2]]);
});

test('a page that is hidden between request and frame keeps what waits', () => {
  batcher.push([1]);
  frames.isHidden = true;
  frames.draw();
  expect(applied).toEqual([]);
  frames.show();
  frames.draw();
  expect(applied).toEqual([[1]]);
});

test('nothing waiting asks for no frame', () => {
  frames.show();
  expect(frames.asked).toHaveLength(0);
});

test('paced frames are as far apart as was asked, and the first comes at once', () => {
  let now = 0;
  const waiting: { run: () => void; at: number }[] = [];
  const host = paced(frames, 100, { now: () => now, later: (run, ms) => void waiting.push({ run, at: now + ms }) });
  const drawn: number[] = [];
  const ask = () => host.requestFrame(() => drawn.push(now));
  ask();
  frames.draw();
  now = 30;
  ask();
  frames.draw();
  expect(drawn).toEqual([0]);
  expect(waiting.map(({ at }) => at)).toEqual([100]);
  now = 100;
  waiting.forEach(({ run }) => run());
  frames.draw();
  now = 400;
  ask();
  frames.draw();
  expect(drawn).toEqual([0, 100, 400]);
});
