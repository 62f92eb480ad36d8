import { beforeEach, expect, test } from 'vitest';

import { FrameBatcher, type FrameHost } from './frame';

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
