import type { PlantTag } from '@/api/plant';
import type { TrendPoint } from '@/lib/points';

import type { TrendLane } from './TrendChart';

/** The lane of a tag. */
export function laneOf(tag: PlantTag, points: readonly TrendPoint[] | undefined): TrendLane {
  return {
    key: tag.key,
    name: tag.name,
    unit: tag.unitOfMeasure,
    resolution: tag.resolution,
    low: tag.rangeLow,
    high: tag.rangeHigh,
    limits: tag.limits,
    points: points ?? [],
  };
}
